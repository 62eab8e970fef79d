#include <gtest/gtest.h>

#include <chrono>

#include "konduit/config.hpp"

namespace konduit::config {
namespace {

Mark mark(std::uint32_t line, std::uint32_t column) {
  return {std::make_shared<const std::string>("f.yaml"), line, column};
}

TEST(Node, IsNullByDefault) {
  Node node;
  EXPECT_TRUE(node.is_null());
  EXPECT_FALSE(node);
  EXPECT_TRUE(node.entries().empty());
  EXPECT_TRUE(node.items().empty());
}

TEST(Node, KnowsThePathThatLeadsToIt) {
  Node listen;
  listen.add("url", Node::scalar("tcp://a:1"));
  Node frontends;
  frontends.add("grpc/kas", std::move(listen));
  Node root;
  root.add("frontends", std::move(frontends));
  EXPECT_EQ(root["frontends"]["grpc/kas"]["url"].path(), "frontends.grpc/kas.url");
}

TEST(Node, NumbersTheItemsOfAList) {
  Node list;
  list.add(Node::scalar("a"));
  list.add(Node::scalar("b"));
  Node root;
  root.add("names", std::move(list));
  EXPECT_EQ(root["names"].items()[1].path(), "names[1]");
}

TEST(Node, AnswersAMissingKeyWithANullThatKnowsWhereItWouldBe) {
  Node root = Node::map({}, mark(3, 5));
  root.set_path("runtime");
  const Node& missing = root["shards"];
  EXPECT_TRUE(missing.is_null());
  EXPECT_EQ(missing.path(), "runtime.shards");
  EXPECT_EQ(missing.mark().line, 3u);
  EXPECT_EQ(missing.mark().column, 5u);
}

TEST(Node, AnswersAChainOfMissingKeys) {
  Node root;
  EXPECT_EQ(root["a"]["b"]["c"].path(), "a.b.c");
  const Node& first = root["first"];
  const Node& second = root["second"];
  EXPECT_EQ(first.path(), "first");
  EXPECT_EQ(second.path(), "second");
}

TEST(Node, GivesTypedValues) {
  using namespace std::chrono_literals;
  EXPECT_TRUE(Node::scalar("true").boolean());
  EXPECT_EQ(Node::scalar("-7").integer(), -7);
  EXPECT_EQ(Node::scalar("1m30s").duration(), 90s);
  EXPECT_EQ(Node::scalar("64KiB").size(), 65536u);
  EXPECT_EQ(Node::list({Node::scalar("a"), Node::scalar("b")}).texts(), (std::vector<std::string>{"a", "b"}));
}

TEST(Node, GivesZeroForAValueThatIsNotThere) {
  Node null;
  EXPECT_FALSE(null.boolean());
  EXPECT_EQ(null.integer(), 0);
  EXPECT_EQ(null.duration(), Duration::zero());
  EXPECT_EQ(null.size(), 0u);
  EXPECT_TRUE(null.texts().empty());
}

TEST(Node, KeepsTheOrderOfItsKeys) {
  Node root;
  root.add("b", Node::scalar("1"));
  root.add("a", Node::scalar("2"));
  ASSERT_EQ(root.entries().size(), 2u);
  EXPECT_EQ(root.entries()[0].key, "b");
  EXPECT_TRUE(root.has("a"));
  EXPECT_FALSE(root.has("c"));
}

TEST(Node, RemembersWhereAValueCameFrom) {
  Node node = Node::scalar("x", mark(1, 2), Origin::flag);
  EXPECT_EQ(node.origin(), Origin::flag);
  node.set_text("y", Origin::environment);
  EXPECT_EQ(node.origin(), Origin::environment);
  EXPECT_EQ(node.text(), "y");
  EXPECT_EQ(node.mark().column, 2u);
}

}  // namespace
}  // namespace konduit::config
