#include "config/document.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace konduit::config {
namespace {

std::optional<Node> parsed(std::string_view text) {
  Problems problems;
  auto node = parse(text, "f.yaml", problems);
  EXPECT_EQ(problems.text(), "");
  return node;
}

std::string problems_of(const std::string& text, const DocumentLimits& limits = {}) {
  Problems problems;
  EXPECT_FALSE(parse(text, "f.yaml", problems, limits));
  return problems.text();
}

using Position = std::pair<std::uint32_t, std::uint32_t>;
Position position(const Node& node) { return {node.mark().line, node.mark().column}; }

TEST(Document, MarksEveryNode) {
  auto node = parsed("a: 1\nb:\n  - x\n  - {c: \"d\"}\n");
  ASSERT_TRUE(node);
  EXPECT_EQ(*node->mark().file, "f.yaml");
  EXPECT_EQ(position((*node)["a"]), Position(1, 4));
  EXPECT_EQ(position((*node)["b"].items()[0]), Position(3, 5));
  EXPECT_EQ(position((*node)["b"].items()[1]["c"]), Position(4, 9));
  EXPECT_EQ((*node)["b"].items()[1]["c"].path(), "b[1].c");
  EXPECT_EQ(node->entries()[1].key_mark.line, 2u);
}

TEST(Document, TellsTextFromWhatOnlyLooksLikeText) {
  auto node = parsed("plain: 1\nquoted: \"1\"\nsingle: '1'\ntagged: !!str 1\nblock: |\n  1\n");
  ASSERT_TRUE(node);
  EXPECT_FALSE((*node)["plain"].quoted());
  for (const char* key : {"quoted", "single", "tagged", "block"}) EXPECT_TRUE((*node)[key].quoted()) << key;
}

TEST(Document, MarksAnEmptyValueAtItsKey) {
  auto node = parsed("a:\nb: ~\nc: \"\"\n");
  ASSERT_TRUE(node);
  EXPECT_TRUE((*node)["a"].is_null());
  EXPECT_EQ(position((*node)["a"]), Position(1, 1));
  EXPECT_TRUE((*node)["b"].is_null());
  EXPECT_FALSE((*node)["c"].is_null());
}

TEST(Document, AcceptsOneExplicitDocument) {
  EXPECT_TRUE(parsed("---\na: b\n...\n"));
  EXPECT_TRUE(parsed("%YAML 1.2\n---\na: b\n"));
  EXPECT_TRUE(
      parsed("\xEF\xBB\xBF"
             "a: b\n"));
  EXPECT_TRUE(parsed("a: b\r\nc: d\r\n"));
  EXPECT_TRUE(parsed("a: b # last"));
}

TEST(Document, ReportsEveryDuplicateKeyAndGoesOn) {
  Problems problems;
  auto node = parse("a: 1\na: 2\nb: {c: 1, c: 2}\nl: [{d: 1, d: 2}]\n", "f.yaml", problems);
  EXPECT_TRUE(node);
  EXPECT_EQ(problems.text(),
            "f.yaml:2:1: error: a: the key stands twice in one map; the first is on line 1\n"
            "f.yaml:3:11: error: b.c: the key stands twice in one map; the first is on line 3\n"
            "f.yaml:4:12: error: l[0].d: the key stands twice in one map; the first is on line 4\n");
}

TEST(Document, ReportsEveryAnchorAndTagAndGoesOn) {
  Problems problems;
  EXPECT_TRUE(parse("a: &x 1\nb: !!int 2\nc: !mine {d: 1}\n", "f.yaml", problems));
  EXPECT_EQ(problems.text(),
            "f.yaml:1:4: error: a: anchors (&x) are not supported; write the value out where it is needed\n"
            "f.yaml:2:4: error: b: tags (tag:yaml.org,2002:int) are not supported, but for !!str\n"
            "f.yaml:3:4: error: c: tags (!mine) are not supported, but for !!str\n");
}

TEST(Document, HasALimitedDepth) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parsed(nested(64)));
  EXPECT_EQ(
      problems_of(nested(65)), "f.yaml:1:65: error: " + [] {
        std::string path;
        for (int i = 0; i < 64; ++i) path += "[0]";
        return path;
      }() + ": nested deeper than 64 levels\n");
  problems_of(std::string(1 << 20, '['));
  std::string block;
  for (int i = 0; i < 200; ++i) block += std::string(i, ' ') + "a:\n";
  problems_of(block);
  std::string dashes;
  for (int i = 0; i < 5000; ++i) dashes += "- ";
  problems_of(dashes);
}

TEST(Document, HasALimitedSize) {
  EXPECT_EQ(problems_of(std::string((1 << 20) + 1, 'a')), "f.yaml: error: larger than 1048576 bytes\n");
}

TEST(Document, HasALimitedNumberOfNodes) {
  DocumentLimits limits;
  limits.nodes = 4;
  Problems problems;
  EXPECT_TRUE(parse("[a, b, c]", "f.yaml", problems, limits));
  EXPECT_EQ(problems_of("[a, b, c, d]", limits), "f.yaml:1:11: error: [3]: more than 4 keys and values\n");
}

TEST(Document, HasKeysOfLimitedLength) {
  EXPECT_TRUE(parsed(std::string(255, 'a') + ": b\n"));
  EXPECT_EQ(problems_of(std::string(256, 'a') + ": b\n"), "f.yaml:1:1: error: a key longer than 255 bytes\n");
}

}  // namespace
}  // namespace konduit::config
