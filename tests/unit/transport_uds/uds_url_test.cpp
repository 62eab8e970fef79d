#include "transport-uds/uds_url.hpp"

#include <gtest/gtest.h>

namespace konduit::transport_uds {
namespace {

TEST(UdsUrl, TakesThePathAsItStands) {
  const UdsUrl url = parse_uds_url("uds:///run/konduit/a b%20.sock");
  EXPECT_EQ(url.error, "");
  EXPECT_EQ(url.path, "/run/konduit/a b%20.sock");
}

TEST(UdsUrl, TakesThePathUpToTheSystemsLimit) {
  EXPECT_EQ(parse_uds_url("uds://" + ('/' + std::string(kLongestPath - 1, 'a'))).error, "");
  const UdsUrl longer = parse_uds_url("uds://" + ('/' + std::string(kLongestPath, 'a')));
  EXPECT_NE(longer.error.find("108 bytes; the system allows a socket at most 107"), std::string::npos) << longer.error;
}

class WrongUdsUrl : public ::testing::TestWithParam<std::pair<std::string, const char*>> {};

TEST_P(WrongUdsUrl, IsRefusedWithTheReason) {
  const UdsUrl url = parse_uds_url(GetParam().first);
  EXPECT_NE(url.error.find(GetParam().second), std::string::npos) << url.error;
}

INSTANTIATE_TEST_SUITE_P(All, WrongUdsUrl,
                         ::testing::Values(std::pair("unix:///a", "expected uds://"),
                                           std::pair("uds://a/b", "absolute"), std::pair("uds://", "absolute"),
                                           std::pair("uds:///a/", "directory"),
                                           std::pair(std::string("uds:///a\0b", 10), "zero byte")));

}  // namespace
}  // namespace konduit::transport_uds
