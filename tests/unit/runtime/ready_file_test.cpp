#include "runtime/ready_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "konduit/error.hpp"
#include "support/temp_directory.hpp"

namespace konduit::runtime {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ReadyFile, NamesEveryListenerInTheirOrder) {
  const test_support::TempDirectory directory;
  write_ready_file(directory.file("ready"), {{"grpc/kas", "uds:///run/x.sock"}, {"agents/main", "tcp://0.0.0.0:8091"}});
  EXPECT_EQ(read(directory.file("ready")),
            "{\"listeners\": [\n"
            "  {\"id\": \"grpc/kas\", \"url\": \"uds:///run/x.sock\"},\n"
            "  {\"id\": \"agents/main\", \"url\": \"tcp://0.0.0.0:8091\"}\n"
            "]}\n");
}

TEST(ReadyFile, IsJsonWithoutListenersAndWithOddUrls) {
  const test_support::TempDirectory directory;
  write_ready_file(directory.file("none"), {});
  EXPECT_EQ(read(directory.file("none")), "{\"listeners\": [\n]}\n");
  write_ready_file(directory.file("odd"), {{"a/b", "uds:///a\"b\\c\nd\xff"}});
  EXPECT_THAT(read(directory.file("odd")), ::testing::HasSubstr("\"uds:///a\\\"b\\\\c\\nd\xef\xbf\xbd\""));
}

TEST(ReadyFile, ReplacesAnOlderOneAndLeavesNothingElseBehind) {
  const test_support::TempDirectory directory;
  const auto path = directory.write("ready", "old and longer than what comes now, by far");
  write_ready_file(path, {});
  EXPECT_EQ(read(path), "{\"listeners\": [\n]}\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(ReadyFile, SaysWhichPathCannotBeWritten) {
  const test_support::TempDirectory directory;
  const auto path = directory.file("no/such/folder");
  try {
    write_ready_file(path, {});
    FAIL() << "it was written";
  } catch (const StartError& error) {
    EXPECT_EQ(error.what(), path + ": error: cannot write the ready file: No such file or directory");
  }
}

}  // namespace
}  // namespace konduit::runtime
