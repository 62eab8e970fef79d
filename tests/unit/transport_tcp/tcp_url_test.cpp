#include "transport-tcp/tcp_url.hpp"

#include <gtest/gtest.h>

namespace konduit::transport_tcp {
namespace {

TEST(TcpUrl, TakesHostAndPortApart) {
  const TcpUrl url = parse_tcp_url("tcp://node-1.example:8091");
  EXPECT_EQ(url.error, "");
  EXPECT_EQ(url.host, "node-1.example");
  EXPECT_EQ(url.port, 8091);
}

TEST(TcpUrl, TakesTheBracketsOffAnIpv6Address) {
  const TcpUrl url = parse_tcp_url("tcp://[2001:db8::1]:80");
  EXPECT_EQ(url.error, "");
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.port, 80);
}

TEST(TcpUrl, LeavesTheHostOutForAllAddresses) {
  const TcpUrl url = parse_tcp_url("tcp://:0");
  EXPECT_EQ(url.error, "");
  EXPECT_EQ(url.host, "");
  EXPECT_EQ(url.port, 0);
}

class WrongTcpUrl : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(WrongTcpUrl, IsRefusedWithTheReason) {
  const TcpUrl url = parse_tcp_url(GetParam().first);
  EXPECT_NE(url.error.find(GetParam().second), std::string::npos) << url.error;
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongTcpUrl,
    ::testing::Values(std::pair("http://a:1", "tcp://HOST:PORT"), std::pair("tcp://", "port is missing"),
                      std::pair("tcp://a", "port is missing"), std::pair("tcp://[::1]", "port is missing"),
                      std::pair("tcp://a:", "must be a number"), std::pair("tcp://a:65536", "0 to 65535"),
                      std::pair("tcp://a:-1", "0 to 65535"), std::pair("tcp://a:1x", "0 to 65535"),
                      std::pair("tcp://::1:80", "needs brackets"), std::pair("tcp://[::1:80", "do not match"),
                      std::pair("tcp://[a]:80", "do not match"), std::pair("tcp://[a:b]:80", "only IPv6"),
                      std::pair("tcp://[::1%a b]:80", "only IPv6"), std::pair("tcp://a b:80", "character"),
                      std::pair("tcp://u@a:80", "character"), std::pair("tcp://a/b:80", "character")));

}  // namespace
}  // namespace konduit::transport_tcp
