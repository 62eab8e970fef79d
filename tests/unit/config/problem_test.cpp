#include "config/problem.hpp"

#include <gtest/gtest.h>

namespace konduit::config {
namespace {

Mark at(std::uint32_t line, std::uint32_t column, const char* file = "f.yaml") {
  return {std::make_shared<const std::string>(file), line, column};
}

TEST(Problem, IsOneLineInTheFormThatEditorsKnow) {
  Problem problem{at(3, 14), "runtime.shards", "must be an integer", "core"};
  EXPECT_EQ(problem.text(), "f.yaml:3:14: error: runtime.shards: must be an integer (core)");
}

TEST(Problem, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ((Problem{{}, "", "is wrong", ""}).text(), "error: is wrong");
  EXPECT_EQ((Problem{at(0, 0), "a.b", "is wrong", ""}).text(), "f.yaml: error: a.b: is wrong");
  EXPECT_EQ((Problem{at(1, 2), "", "is odd", "", Severity::warning}).text(), "f.yaml:1:2: warning: is odd");
}

TEST(Problems, AreToldByPositionAndThoseWithoutOneLast) {
  Problems problems;
  problems.error(Mark{}, "", "nowhere");
  problems.error(at(10, 1), "", "later");
  problems.error(at(2, 20), "", "right");
  problems.error(at(2, 3), "", "left");
  EXPECT_EQ(problems.text(),
            "f.yaml:2:3: error: left\nf.yaml:2:20: error: right\nf.yaml:10:1: error: later\nerror: nowhere\n");
}

TEST(Problems, AreToldOnce) {
  Problems problems;
  problems.error(at(1, 1), "a", "same");
  problems.error(at(1, 1), "b", "other");
  problems.error(at(1, 1), "a", "same");
  EXPECT_EQ(problems.text(), "f.yaml:1:1: error: a: same\nf.yaml:1:1: error: b: other\n");
}

TEST(Problems, AreFineWithWarningsAlone) {
  Problems problems;
  EXPECT_TRUE(problems.ok());
  EXPECT_TRUE(problems.empty());
  Node node;
  problems.warning(node, "is odd");
  EXPECT_TRUE(problems.ok());
  EXPECT_FALSE(problems.empty());
  problems.error(node, "is wrong");
  EXPECT_FALSE(problems.ok());
  EXPECT_EQ(problems.error_count(), 1u);
}

}  // namespace
}  // namespace konduit::config
