#include "flags/log_flags.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace konduit::flags {
namespace {

class LogFlags : public ::testing::Test {
 protected:
  config::Node section(const std::vector<std::string>& arguments) {
    const std::span<const Flag> sets[] = {log_flags()};
    return log_section(parse_flags(sets, arguments, problems_), "proxy-server", problems_);
  }
  std::string level(const std::vector<std::string>& arguments) { return section(arguments)["level"].text(); }

  config::Problems problems_;
};

TEST_F(LogFlags, VerbosityIsALevel) {
  EXPECT_EQ(level({}), "info");
  EXPECT_EQ(level({"--v=0"}), "info");
  EXPECT_EQ(level({"-v4"}), "info");
  EXPECT_EQ(level({"-v", "5"}), "debug");
  EXPECT_EQ(level({"-v=6"}), "debug");
  EXPECT_EQ(level({"--v=10"}), "trace");
  EXPECT_EQ(level({"--v=-1"}), "error");
  EXPECT_TRUE(problems_.empty());
}

TEST_F(LogFlags, StandardErrorIsTheDefaultAndWinsOverFiles) {
  const auto log = section({"--log-file=/x", "--log-dir=/y"});
  EXPECT_FALSE(log.has("file"));
  EXPECT_EQ(problems_.text(),
            "command line: warning: --log-file: has no effect without --logtostderr=false\n"
            "command line: warning: --log-dir: has no effect without --logtostderr=false\n");
}

TEST_F(LogFlags, AFileIsNamedOrLiesInAFolder) {
  EXPECT_EQ(section({"--logtostderr=false", "--log_file=/x", "--log_dir=/y"})["file"].text(), "/x");
  EXPECT_EQ(section({"--logtostderr=false", "--log_dir=/y"})["file"].text(), "/y/proxy-server.INFO");
  EXPECT_TRUE(section({"--logtostderr=false"})["file"].text().ends_with("/proxy-server.INFO"));
  EXPECT_TRUE(problems_.empty());
}

TEST_F(LogFlags, StandardErrorGetsWhatIsImportantEnough) {
  EXPECT_EQ(section({"--logtostderr=false"})["stderr_level"].text(), "error");
  EXPECT_EQ(section({"--logtostderr=false", "--stderrthreshold=warning"})["stderr_level"].text(), "warning");
  EXPECT_EQ(section({"--logtostderr=false", "--stderrthreshold=3"})["stderr_level"].text(), "off");
  EXPECT_EQ(section({"--logtostderr=false", "--alsologtostderr"})["stderr_level"].text(), "trace");
  EXPECT_EQ(
      section({"--logtostderr=false", "--alsologtostderr", "--alsologtostderrthreshold=INFO"})["stderr_level"].text(),
      "info");
}

TEST_F(LogFlags, TheThresholdCountsForStandardErrorAloneOnlyOnDemand) {
  EXPECT_EQ(level({"--stderrthreshold=WARNING"}), "info");
  EXPECT_EQ(level({"--stderrthreshold=WARNING", "--legacy-stderr-threshold-behavior=false"}), "warning");
  EXPECT_EQ(level({"--legacy-stderr-threshold-behavior=false", "--stderrthreshold=0", "--v=6"}), "info");
}

TEST_F(LogFlags, WhatHasNoEffectSaysSo) {
  section(
      {"--vmodule=a=1", "--log-file-max-size=1", "--skip_headers", "--stderrthreshold=loud", "--log-file-max-size=-1"});
  EXPECT_EQ(problems_.text(),
            "command line: warning: --vmodule: has no effect: components, and not files, have loggers\n"
            "command line: warning: --log-file-max-size: has no effect: files are not rotated here\n"
            "command line: warning: --skip-headers: has no effect: a line always has one form\n"
            "command line: error: --stderrthreshold: must be INFO, WARNING, ERROR or FATAL, found \"loud\"\n"
            "command line: error: --log-file-max-size: must be an integer of 0 or more, found \"-1\"\n");
}

}  // namespace
}  // namespace konduit::flags
