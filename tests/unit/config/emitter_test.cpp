#include "config/emitter.hpp"

#include <gtest/gtest.h>

#include <random>

#include "config/configuration.hpp"

namespace konduit::config {
namespace {

/// As trees of values: marks and origins aside.
bool equal(const Node& a, const Node& b) {
  if (a.kind() != b.kind() || a.text() != b.text()) return false;
  if (a.items().size() != b.items().size() || a.entries().size() != b.entries().size()) return false;
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!equal(a.items()[i], b.items()[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    if (a.entries()[i].key != b.entries()[i].key || !equal(a.entries()[i].value, b.entries()[i].value)) return false;
  }
  return true;
}

class RandomTree {
 public:
  explicit RandomTree(unsigned seed) : random_(seed) {}

  Node node(int depth) {
    switch (below(depth > 0 ? 5 : 3)) {
      case 0: return Node();
      case 3: return list(depth);
      case 4: return map(depth);
      default: {
        Node scalar = Node::scalar(text(12));
        scalar.set_quoted(below(2) == 0);
        return scalar;
      }
    }
  }

  Node map(int depth) {
    Node map = Node::map({});
    for (unsigned i = below(4); i > 0; --i) {
      std::string key = text(6);
      if (!map.has(key)) map.add(key, node(depth - 1));
    }
    return map;
  }

 private:
  Node list(int depth) {
    Node list = Node::list({});
    for (unsigned i = below(4); i > 0; --i) list.add(node(depth - 1));
    return list;
  }

  std::string text(unsigned longest) {
    // clang-format off
    static constexpr std::string_view kPieces[] = {
        "a", "b",  "7",  "0",  "-",  ":",  " ", "#", "'",  "\"", "\\", "{",    "}",    "[",    "]",    ",",  "&",     "*",
        "!", "|",  ">",  "%",  "@",  "`",  "?", "~", "\n", "\t", "$",  "${",   "$${",  "null", "true", "---", "...",  "\r",
        "=", "<<", "é", "\xE2\x80\xA8", "\xEF\xBB\xBF", "\xF0\x9F\x9A\x80", "\x01", "\x7F", "/", "_", ": ", " #"};
    // clang-format on
    std::string text;
    for (unsigned i = below(longest); i > 0; --i) text += kPieces[below(std::size(kPieces))];
    return text;
  }

  unsigned below(std::size_t limit) { return static_cast<unsigned>(random_() % limit); }

  std::mt19937 random_;
};

TEST(Emitter, WritesWhatReadsBackAsAnEqualTree) {
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    Node tree = RandomTree(seed).map(5);
    if (tree.entries().empty()) continue;
    std::string text = emit(tree, {.omit_nulls = false});
    Problems problems;
    auto again = read_text(text, "again", problems);
    ASSERT_TRUE(again && problems.empty()) << "seed " << seed << "\n" << text << problems.text();
    ASSERT_TRUE(equal(tree, *again)) << "seed " << seed << "\n"
                                     << text << "--- became\n"
                                     << emit(*again, {.omit_nulls = false});
    ASSERT_EQ(emit(*again, {.omit_nulls = false}), text) << "seed " << seed;
  }
}

TEST(Emitter, WritesTheLongestKeyOfControlCharactersSoThatItReadsBack) {
  std::string escapes;
  for (int i = 0; i < 255; ++i) escapes += "\\x01";
  Problems problems;
  auto tree = read_text("{? \"" + escapes + "\" : {? \"" + escapes + "\" : b}}", "f.yaml", problems);
  ASSERT_TRUE(tree) << problems.text();
  auto again = read_text(emit(*tree), "again", problems);
  ASSERT_TRUE(again) << problems.text();
  EXPECT_TRUE(equal(*tree, *again));
}

TEST(Emitter, WritesAReadableDocument) {
  Problems problems;
  auto node = read_text(
      "frontends: {grpc/kas: {listen: {url: \"tcp://[::]:1\", mode: \"0770\"}, names: [a, b]}}\n"
      "rules:\n- {a: 1, b: [[x], {c: d}]}\n- two\nempty: {}\nnothing:\n",
      "f.yaml", problems);
  ASSERT_TRUE(node);
  EXPECT_EQ(emit(*node), R"(frontends:
  grpc/kas:
    listen:
      url: "tcp://[::]:1"
      mode: "0770"
    names: [a, b]
rules:
  - a: 1
    b:
      - [x]
      - c: d
  - two
empty: {}
)");
}

TEST(Emitter, HidesSecrets) {
  Node token = Node::scalar("hunter2");
  token.set_secret(true);
  Node root;
  root.add("token", std::move(token));
  EXPECT_EQ(emit(root), "token: \"(hidden)\"\n");
  EXPECT_EQ(emit(root, {.show_secrets = true}), "token: hunter2\n");
}

TEST(Emitter, SaysWhereAValueCameFrom) {
  Node root;
  root.add("a", Node::scalar("1", {}, Origin::component_default));
  root.add("b", Node::scalar("2"));
  root.add("c", Node::scalar("3", {}, Origin::environment));
  root.add("d", Node::scalar("4", {std::make_shared<const std::string>("--d"), 0, 0}, Origin::flag));
  EXPECT_EQ(emit(root, {.origins = true}), "a: 1  # default\nb: 2\nc: 3  # environment\nd: 4  # --d\n");
}

TEST(Emitter, EscapesWhatSubstitutionWouldTake) {
  Node root;
  root.add("a", Node::scalar("${env:HOME}"));
  EXPECT_EQ(emit(root), "a: \"$${env:HOME}\"\n");
}

}  // namespace
}  // namespace konduit::config
