#include "resolver/hosts_file.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "konduit/file_stamp.hpp"
#include "support/descriptor_limit.hpp"
#include "support/temp_directory.hpp"

namespace konduit::resolver {
namespace {

using asio::ip::make_address;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HostsFileTest : public ::testing::Test {
 protected:
  std::string write(std::string_view text) const { return folder_.write("hosts", text); }

  const test_support::TempDirectory folder_;
};

TEST_F(HostsFileTest, GivesEveryAddressOfANameInOrder) {
  HostsFile hosts(write("10.0.0.1 one first\n10.0.0.2\ttwo   first\n::1 first\n"));
  EXPECT_THAT(hosts.find("first"),
              ElementsAre(make_address("10.0.0.1"), make_address("10.0.0.2"), make_address("::1")));
  EXPECT_THAT(hosts.find("two"), ElementsAre(make_address("10.0.0.2")));
  EXPECT_THAT(hosts.find("three"), IsEmpty());
}

TEST_F(HostsFileTest, ComparesNamesAsDnsDoes) {
  HostsFile hosts(write("10.0.0.1 Node.Example\n"));
  EXPECT_THAT(hosts.find("nODE.eXAMPLE."), ElementsAre(make_address("10.0.0.1")));
}

TEST_F(HostsFileTest, IgnoresCommentsAndWhatIsNoAddress) {
  HostsFile hosts(write("# 10.0.0.1 a\n10.0.0.2 b # c\nnonsense d\n\n10.0.0.3\n"));
  EXPECT_THAT(hosts.find("a"), IsEmpty());
  EXPECT_THAT(hosts.find("c"), IsEmpty());
  EXPECT_THAT(hosts.find("d"), IsEmpty());
  EXPECT_THAT(hosts.find("b"), ElementsAre(make_address("10.0.0.2")));
}

TEST_F(HostsFileTest, IsReadAgainWhenItHasChanged) {
  HostsFile hosts(write("10.0.0.1 a\n"));
  EXPECT_THAT(hosts.find("a"), ElementsAre(make_address("10.0.0.1")));
  write("10.0.0.22 a\n");
  EXPECT_THAT(hosts.find("a"), ElementsAre(make_address("10.0.0.22")));
}

TEST_F(HostsFileTest, IsReadAgainWhenItsTimeWasPutBack) {
  const std::string path = write("10.0.0.1 a\n");
  HostsFile hosts(path);
  EXPECT_THAT(hosts.find("a"), ElementsAre(make_address("10.0.0.1")));
  const auto time = std::filesystem::last_write_time(path);
  const FileStamp before = FileStamp::of(path);
  // Until the system's clock for files has gone on.
  do {
    write("10.0.0.2 a\n");
    std::filesystem::last_write_time(path, time);
  } while (FileStamp::of(path) == before);
  EXPECT_THAT(hosts.find("a"), ElementsAre(make_address("10.0.0.2")));
}

TEST_F(HostsFileTest, IsReadAgainWhenThereWasNoDescriptorForIt) {
  HostsFile hosts(write("10.0.0.1 a\n"));
  {
    const test_support::DescriptorLimit none(0);
    EXPECT_THAT(hosts.find("a"), IsEmpty());
  }
  EXPECT_THAT(hosts.find("a"), ElementsAre(make_address("10.0.0.1")));
}

TEST_F(HostsFileTest, NamesNothingWhenItIsMissing) {
  HostsFile hosts("/nonexistent/hosts");
  EXPECT_THAT(hosts.find("localhost"), IsEmpty());
}

}  // namespace
}  // namespace konduit::resolver
