#include "flags/flag_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace konduit::flags {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr Flag kFlags[] = {
    {"server-port", FlagType::integer, "8090", "A port."},
    {"sync-forever", FlagType::boolean, "false", "A switch."},
    {"sync-interval", FlagType::duration, "1s", "A pause."},
    {"names", FlagType::list, "", "Names."},
    {"qps", FlagType::number, "0", "A number."},
    {"mode", FlagType::text, "grpc", "A mode."},
    {"v", FlagType::integer, "4", "Verbosity."},
    {"old", FlagType::integer, "1", "it is old", FlagUse::deprecated},
};

class Parsing : public ::testing::Test {
 protected:
  FlagValues parsed(std::vector<std::string> arguments) {
    const std::span<const Flag> sets[] = {kFlags};
    return parse_flags(sets, arguments, problems_);
  }
  config::Problems problems_;
};

TEST_F(Parsing, GivesDefaults) {
  FlagValues values = parsed({});
  EXPECT_EQ(values.integer("server-port"), 8090);
  EXPECT_FALSE(values.given("server-port"));
  EXPECT_FALSE(values.boolean("sync-forever"));
  EXPECT_EQ(values.duration("sync-interval"), 1s);
  EXPECT_TRUE(values.list("names").empty());
}

TEST_F(Parsing, TakesEveryNotationOfPflag) {
  FlagValues values =
      parsed({"--server-port=1", "--mode", "x", "--sync-forever", "-v=7", "--sync_interval=1m30s", "--qps", "0.5"});
  EXPECT_EQ(problems_.text(), "");
  EXPECT_EQ(values.integer("server-port"), 1);
  EXPECT_TRUE(values.given("server-port"));
  EXPECT_EQ(values.text("mode"), "x");
  EXPECT_TRUE(values.boolean("sync-forever"));
  EXPECT_EQ(values.integer("v"), 7);
  EXPECT_EQ(values.duration("sync-interval"), 90s);
}

TEST_F(Parsing, TakesGosBooleansButNoSeparateValueForThem) {
  EXPECT_TRUE(parsed({"--sync-forever=T"}).boolean("sync-forever"));
  EXPECT_FALSE(parsed({"--sync-forever=0"}).boolean("sync-forever"));
  EXPECT_TRUE(problems_.empty());
  parsed({"--sync-forever", "false"});
  EXPECT_TRUE(problems_.ok());
  EXPECT_EQ(
      problems_.text(),
      "command line: warning: the argument \"false\" is ignored: only flags count, and a switch takes its value as in --flag=false\n");
}

TEST_F(Parsing, TakesALettersValueWithoutASign) {
  EXPECT_EQ(parsed({"-v8"}).integer("v"), 8);
  EXPECT_EQ(parsed({"-v", "9"}).integer("v"), 9);
  EXPECT_TRUE(problems_.empty());
  parsed({"-vx"});
  EXPECT_EQ(problems_.text(), "command line: error: --v: must be an integer, found \"x\"\n");
}

TEST_F(Parsing, TakesNoFlagsBehindTwoDashes) {
  EXPECT_EQ(parsed({"--mode=a", "--", "--mode=b", "--"}).text("mode"), "a");
  EXPECT_EQ(
      problems_.text(),
      "command line: warning: the arguments \"--mode=b\", \"--\" are ignored: only flags count, and a switch takes its value as in --flag=false\n");
}

TEST_F(Parsing, WarnsOnceOfWhatHasNoEffect) {
  EXPECT_TRUE(parsed({"--old=2", "--old=3"}).given("old"));
  EXPECT_EQ(problems_.text(), "command line: warning: --old: has no effect: it is old\n");
}

TEST_F(Parsing, TakesAnEmptyValueAndOneWithEqualsSigns) {
  EXPECT_EQ(parsed({"--mode="}).text("mode"), "");
  EXPECT_EQ(parsed({"--mode=a=b"}).text("mode"), "a=b");
}

TEST_F(Parsing, LetsTheLastWinAndListsGrow) {
  FlagValues values = parsed({"--mode=a", "--mode=b", "--names=a,b", "--names=c"});
  EXPECT_EQ(values.text("mode"), "b");
  EXPECT_THAT(values.list("names"), ElementsAre("a", "b", "c"));
}

TEST_F(Parsing, ReportsEverythingThatIsWrong) {
  parsed({"--server-prt=1", "--zzz", "value", "--server-port=x", "--sync-interval=5", "--qps=a", "--sync-forever=yes",
          "stray", "--mode"});
  EXPECT_EQ(
      problems_.text(),
      "command line: error: --server-prt: unknown flag; did you mean --server-port?\n"
      "command line: error: --zzz: unknown flag; --help lists those there are\n"
      "command line: error: --server-port: must be an integer, found \"x\"\n"
      "command line: error: --sync-interval: must be a duration as in \"1h\", \"1m30s\" or \"100ms\", found \"5\"\n"
      "command line: error: --qps: must be a number, found \"a\"\n"
      "command line: error: --sync-forever: must be true or false, found \"yes\"\n"
      "command line: error: --mode: needs a value\n"
      "command line: warning: the argument \"stray\" is ignored: only flags count, and a switch takes its value as in --flag=false\n");
}

TEST_F(Parsing, TellsOfAllStrayWordsInOneSentence) {
  parsed({"server", "--mode=x", "run", "-"});
  EXPECT_EQ(
      problems_.text(),
      "command line: warning: the arguments \"server\", \"run\", \"-\" are ignored: only flags count, and a switch takes its value as in --flag=false\n");
}

TEST_F(Parsing, MakesNodesThatKnowTheirFlag) {
  FlagValues values = parsed({"--mode=x"});
  EXPECT_EQ(values.node("mode").origin(), config::Origin::flag);
  EXPECT_EQ(*values.node("mode").mark().file, "--mode");
  EXPECT_EQ(values.node("server-port").origin(), config::Origin::component_default);
}

}  // namespace
}  // namespace konduit::flags
