#include "transport-tcp/addresses.hpp"

#include <gmock/gmock.h>

namespace konduit::transport_tcp {
namespace {

using asio::ip::address;
using asio::ip::make_address;
using ::testing::ElementsAre;

std::vector<std::string> order(const std::vector<address>& addresses) {
  std::vector<std::string> texts;
  for (const auto& endpoint : interleave(addresses, 80)) texts.push_back(endpoint_text(endpoint));
  return texts;
}

TEST(Addresses, AMappedAddressIsAnIpv4Address) {
  EXPECT_EQ(parse_address("::ffff:127.0.0.1"), make_address("127.0.0.1"));
  EXPECT_EQ(plain(make_address("::ffff:a00:1")), make_address("10.0.0.1"));
}

TEST(Addresses, OnlyTheUsualSpellingIsAnAddress) {
  EXPECT_FALSE(parse_address("127.1"));
  EXPECT_FALSE(parse_address("0x7f.0.0.1"));
  EXPECT_FALSE(parse_address("2130706433"));
  EXPECT_FALSE(parse_address("[::1]"));
  EXPECT_FALSE(parse_address(""));
}

TEST(Addresses, FamiliesTakeTurnsAndTheFirstAddressBegins) {
  EXPECT_THAT(order({make_address("::1"), make_address("::2"), make_address("::3"), make_address("10.0.0.1")}),
              ElementsAre("[::1]:80", "10.0.0.1:80", "[::2]:80", "[::3]:80"));
  EXPECT_THAT(order({make_address("10.0.0.1"), make_address("10.0.0.2"), make_address("::1"), make_address("::2")}),
              ElementsAre("10.0.0.1:80", "[::1]:80", "10.0.0.2:80", "[::2]:80"));
  EXPECT_THAT(order({}), ElementsAre());
}

}  // namespace
}  // namespace konduit::transport_tcp
