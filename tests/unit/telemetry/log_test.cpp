#include "telemetry/log.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>
#include <vector>

#include "konduit/error.hpp"
#include "socket/file_descriptor.hpp"
#include "support/temp_directory.hpp"
#include "telemetry/log_record.hpp"

namespace konduit::telemetry {
namespace {

using std::chrono::system_clock;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

// 2026-11-23T09:00:00.123Z
const system_clock::time_point kTime{std::chrono::milliseconds(1795424400123)};

std::string text(std::string_view message, std::initializer_list<LogField> fields) {
  std::string out;
  append_text(out, {kTime, LogLevel::info, "agents/main", message, {fields.begin(), fields.size()}});
  return out;
}

std::string json(std::string_view message, std::initializer_list<LogField> fields) {
  std::string out;
  append_json_line(out, {kTime, LogLevel::info, "agents/main", message, {fields.begin(), fields.size()}});
  return out;
}

TEST(LogRecord, AsText) {
  EXPECT_EQ(
      text("agent connected", {{"agent", "a1"}, {"tunnels", 3}, {"took", 0.5}, {"tls", true}, {"note", "two words"}}),
      "2026-11-23T09:00:00.123Z info agents/main agent connected agent=a1 tunnels=3 took=0.5 tls=true "
      "note=\"two words\"");
}

TEST(LogRecord, AsJson) {
  EXPECT_EQ(
      json("agent connected", {{"agent", "a1"}, {"tunnels", -3}, {"took", 0.5}, {"tls", false}}),
      R"({"time":"2026-11-23T09:00:00.123Z","level":"info","component":"agents/main","message":"agent connected",)"
      R"("agent":"a1","tunnels":-3,"took":0.5,"tls":false})");
}

TEST(LogRecord, APeersTextCannotForgeALine) {
  const std::string forged = "x\n2026-11-23T09:00:00.124Z error core gone";
  EXPECT_EQ(text("bad peer", {{"name", forged}}),
            "2026-11-23T09:00:00.123Z info agents/main bad peer name=\"x\\n2026-11-23T09:00:00.124Z error core gone\"");
  EXPECT_EQ(text("a\nb", {}), "2026-11-23T09:00:00.123Z info agents/main a\\nb");
  EXPECT_THAT(json("a\nb", {{"q", "\",\"level\":\"error"}}),
              HasSubstr(R"("message":"a\nb","q":"\",\"level\":\"error"})"));
}

TEST(LogRecord, AFieldsNameCannotBreakTheLineOrHideTheFixedOnes) {
  EXPECT_THAT(text("m", {{"a b\n=", 1}}), ::testing::EndsWith(" a_b__=1"));
  EXPECT_THAT(json("m", {{"level", "x"}, {"a\"b", 1}}), HasSubstr(R"(,"field.level":"x","a_b":1})"));
}

TEST(LogRecord, NumbersThatJsonDoesNotHaveAreText) {
  EXPECT_THAT(
      json("m", {{"a", std::numeric_limits<double>::infinity()}, {"b", std::numeric_limits<double>::quiet_NaN()}}),
      HasSubstr(R"("a":"inf","b":"nan"})"));
}

class LogOutputTest : public ::testing::Test {
 protected:
  LogSettings settings(LogLevel level = LogLevel::info) const {
    return {.level = level, .format = LogFormat::text, .file = (folder_ / "log").string()};
  }
  static std::vector<std::string> lines(const std::filesystem::path& file) {
    std::vector<std::string> out;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }

  const test_support::TempDirectory directory_;
  const std::filesystem::path folder_ = directory_.path();
};

TEST_F(LogOutputTest, WritesALineForEachMessage) {
  LogOutput output(settings());
  output.logger("agents/main").info("agent connected", {{"agent", "a1"}});
  output.logger("grpc/a").error("no");
  const auto written = lines(folder_ / "log");
  ASSERT_THAT(written, SizeIs(2));
  EXPECT_THAT(written[0], MatchesRegex("....-..-..T..:..:..\\....Z info agents/main agent connected agent=a1"));
  EXPECT_THAT(written[1], MatchesRegex(".*Z error grpc/a no"));
}

TEST_F(LogOutputTest, HasOneLoggerForAComponent) {
  LogOutput output(settings());
  EXPECT_EQ(&output.logger("a/b"), &output.logger("a/b"));
  EXPECT_NE(&output.logger("a/b"), &output.logger("a/c"));
}

TEST_F(LogOutputTest, WritesFromItsLevelOn) {
  LogOutput output(settings(LogLevel::warning));
  Logger& logger = output.logger("a/b");
  EXPECT_FALSE(logger.enabled(LogLevel::info));
  EXPECT_TRUE(logger.enabled(LogLevel::warning));
  EXPECT_FALSE(logger.enabled(LogLevel::off));
  logger.info("not seen");
  logger.write(LogLevel::info, "not seen either", {});
  logger.warning("seen");
  EXPECT_THAT(lines(folder_ / "log"), SizeIs(1));
}

TEST_F(LogOutputTest, JsonIsOneObjectALine) {
  LogSettings json_settings = settings();
  json_settings.format = LogFormat::json;
  LogOutput output(json_settings);
  output.logger("a/b").info("m", {{"k", "v"}});
  const auto written = lines(folder_ / "log");
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_THAT(written[0], HasSubstr(R"("level":"info","component":"a/b","message":"m","k":"v"})"));
}

TEST_F(LogOutputTest, LinesOfThreadsDoNotMix) {
  LogOutput output(settings());
  const auto write = [&output](const std::string& component) {
    for (int i = 0; i < 500; ++i) output.logger(component).info("message", {{"filler", std::string(200, 'x')}});
  };
  std::thread other(write, "a/one");
  write("a/two");
  other.join();
  const auto written = lines(folder_ / "log");
  EXPECT_THAT(written, SizeIs(1000));
  for (const std::string& line : written) EXPECT_THAT(line, ::testing::EndsWith(" filler=" + std::string(200, 'x')));
}

TEST_F(LogOutputTest, AFullDiskLosesLinesAndNothingElse) {
  LogOutput output({.level = LogLevel::info, .format = LogFormat::text, .file = "/dev/full"});
  output.logger("a/b").error("lost");
  output.logger("a/b").error("lost");
  EXPECT_EQ(output.lost(), 2u);
}

/// Of a descriptor that does not block.
std::string everything_in(const socket::FileDescriptor& reader) {
  std::string all(1 << 20, '\0');
  all.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(reader.get(), all.data(), all.size()), 0)));
  return all;
}

TEST_F(LogOutputTest, APipeThatNobodyReadsLosesLinesAndHoldsNobodyUp) {
  const std::string pipe = directory_.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const socket::FileDescriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  LogOutput output({.file = pipe});
  const std::string words(9000, 'x');
  for (int i = 0; i < 100; ++i) output.logger("a/b").info(words);
  EXPECT_GT(output.lost(), 50u) << "a pipe holds 64 KiB";
  std::string read = everything_in(reader);
  EXPECT_THAT(read, HasSubstr(words));
  const auto lost = output.lost();
  output.logger("a/b").info("read again");
  EXPECT_EQ(output.lost(), lost);
  read += everything_in(reader);
  EXPECT_THAT(read, ContainsRegex("\n[^ ]+ info a/b read again\n")) << "what was cut off stands on a line of its own";
}

TEST_F(LogOutputTest, AFileThatCannotBeOpenedIsNamed) {
  EXPECT_THROW(
      {
        try {
          LogOutput output({.level = LogLevel::info, .format = LogFormat::text, .file = "/nowhere/log"});
        } catch (const StartError& error) {
          EXPECT_STREQ(error.what(), "cannot open the log file /nowhere/log: No such file or directory");
          throw;
        }
      },
      StartError);
}

TEST_F(LogOutputTest, ReopenGoesOnInANewFile) {
  LogOutput output(settings());
  output.logger("a/b").info("old");
  std::filesystem::rename(folder_ / "log", folder_ / "log.1");
  output.logger("a/b").info("still old");
  EXPECT_EQ(output.reopen(), "");
  output.logger("a/b").info("new");
  EXPECT_THAT(lines(folder_ / "log.1"), SizeIs(2));
  EXPECT_THAT(lines(folder_ / "log"), SizeIs(1));
}

TEST_F(LogOutputTest, ReopenForgetsWhatThePlaceBeforeCutOff) {
  const std::string pipe = directory_.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const socket::FileDescriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  LogOutput output({.file = pipe});
  for (int i = 0; i < 20; ++i) output.logger("a/b").info(std::string(9000, 'x'));
  ASSERT_GT(output.lost(), 0u);
  std::filesystem::remove(pipe);
  EXPECT_EQ(output.reopen(), "");
  output.logger("a/b").info("new");
  EXPECT_THAT(lines(pipe), ElementsAre(HasSubstr("info a/b new")));
}

TEST_F(LogOutputTest, ReopenDoesNotWaitForTheReaderOfAPipe) {
  const std::string pipe = directory_.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  socket::FileDescriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  LogOutput output({.file = pipe});
  reader.close();
  EXPECT_THAT(output.reopen(), HasSubstr("No such device or address"));
}

TEST_F(LogOutputTest, AFileThatCannotBeReopenedLeavesTheOldOneInUse) {
  LogOutput output(settings());
  std::filesystem::rename(folder_ / "log", folder_ / "log.1");
  std::filesystem::create_directory(folder_ / "log");
  EXPECT_THAT(output.reopen(), HasSubstr("Is a directory"));
  output.logger("a/b").info("here");
  EXPECT_THAT(lines(folder_ / "log.1"), SizeIs(1));
}

TEST_F(LogOutputTest, GoesToStandardErrorAsWellFromALevelOn) {
  const std::string file = (folder_ / "log").string();
  ::testing::internal::CaptureStderr();
  {
    LogOutput output({.file = file, .stderr_level = LogLevel::warning});
    output.logger("a/b").info("quiet");
    output.logger("a/b").warning("loud");
  }
  EXPECT_THAT(lines(file), SizeIs(2));
  const std::string shown = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(shown, HasSubstr("warning a/b loud\n"));
  EXPECT_THAT(shown, ::testing::Not(HasSubstr("quiet")));
}

}  // namespace
}  // namespace konduit::telemetry
