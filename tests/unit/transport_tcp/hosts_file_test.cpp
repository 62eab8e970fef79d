#include "transport-tcp/hosts_file.hpp"

#include <gmock/gmock.h>

#include "temporary_file.hpp"

namespace konduit::transport_tcp {
namespace {

using asio::ip::make_address;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HostsFile, GivesEveryAddressOfANameInOrder) {
  const test::TemporaryFile file("10.0.0.1 one first\n10.0.0.2\ttwo   first\n::1 first\n");
  HostsFile hosts(file.path());
  EXPECT_THAT(hosts.find("first"),
              ElementsAre(make_address("10.0.0.1"), make_address("10.0.0.2"), make_address("::1")));
  EXPECT_THAT(hosts.find("two"), ElementsAre(make_address("10.0.0.2")));
  EXPECT_THAT(hosts.find("three"), IsEmpty());
}

TEST(HostsFile, ComparesNamesAsDnsDoes) {
  const test::TemporaryFile file("10.0.0.1 Node.Example\n");
  HostsFile hosts(file.path());
  EXPECT_THAT(hosts.find("nODE.eXAMPLE."), ElementsAre(make_address("10.0.0.1")));
}

TEST(HostsFile, IgnoresCommentsAndWhatIsNoAddress) {
  const test::TemporaryFile file("# 10.0.0.1 a\n10.0.0.2 b # c\nnonsense d\n\n10.0.0.3\n");
  HostsFile hosts(file.path());
  EXPECT_THAT(hosts.find("a"), IsEmpty());
  EXPECT_THAT(hosts.find("c"), IsEmpty());
  EXPECT_THAT(hosts.find("d"), IsEmpty());
  EXPECT_THAT(hosts.find("b"), ElementsAre(make_address("10.0.0.2")));
}

TEST(HostsFile, IsReadAgainWhenItHasChanged) {
  test::TemporaryFile file("10.0.0.1 a\n");
  HostsFile hosts(file.path());
  EXPECT_THAT(hosts.find("a"), ElementsAre(make_address("10.0.0.1")));
  file.write("10.0.0.22 a\n");
  EXPECT_THAT(hosts.find("a"), ElementsAre(make_address("10.0.0.22")));
}

TEST(HostsFile, NamesNothingWhenItIsMissing) {
  HostsFile hosts("/nonexistent/hosts");
  EXPECT_THAT(hosts.find("localhost"), IsEmpty());
}

}  // namespace
}  // namespace konduit::transport_tcp
