#include "targets/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/ip/address.hpp>

namespace konduit::targets {
namespace {

using ::testing::HasSubstr;

bool holds(std::string_view network, const char* address) {
  std::string error;
  const auto parsed = Network::parse(network, error);
  EXPECT_TRUE(parsed) << network << ": " << error;
  return parsed && parsed->contains(normalised(asio::ip::make_address(address)));
}

std::string error_of(std::string_view text) {
  std::string error;
  EXPECT_FALSE(Network::parse(text, error)) << text;
  return error;
}

TEST(Network, HoldsTheAddressesThatShareItsPrefix) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(holds("192.168.128.0/17", "192.168.200.1"));
  EXPECT_FALSE(holds("192.168.128.0/17", "192.168.127.255"));
  EXPECT_TRUE(holds("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(holds("10.0.0.1", "10.0.0.0"));
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
  EXPECT_TRUE(holds("fd00::/8", "fd12::1"));
  EXPECT_FALSE(holds("fd00::/8", "fe80::1"));
  EXPECT_TRUE(holds("2001:db8::1", "2001:db8::1"));
  EXPECT_FALSE(holds("2001:db8::1", "2001:db8::2"));
}

TEST(Network, TakesMappedAddressesForIpv4) {
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
  EXPECT_TRUE(holds("::ffff:10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(holds("::/0", "::ffff:10.1.2.3"));
  EXPECT_FALSE(holds("::/0", "10.1.2.3"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
}

TEST(Network, IgnoresTheZoneOfAnAddress) { EXPECT_TRUE(holds("fe80::/10", "fe80::1%1")); }

TEST(Network, SaysWhatIsWrong) {
  EXPECT_THAT(error_of("10.0.0/8"), HasSubstr("\"10.0.0\" is not an IP address"));
  EXPECT_THAT(error_of("300.1.1.1"), HasSubstr("is not an IP address"));
  EXPECT_THAT(error_of("10.0.0.0/33"), HasSubstr("\"33\" is not in 0..32"));
  EXPECT_THAT(error_of("10.0.0.0/"), HasSubstr("\"\" is not in 0..32"));
  EXPECT_THAT(error_of("10.0.0.0/8x"), HasSubstr("\"8x\" is not in 0..32"));
  EXPECT_THAT(error_of("fd00::/129"), HasSubstr("not in 0..128"));
  EXPECT_THAT(error_of("10.0.0.1/8"), HasSubstr("write 10.0.0.0/8, or 10.0.0.1"));
  EXPECT_THAT(error_of("::ffff:10.0.0.0/8"), HasSubstr("96 or more"));
  EXPECT_THAT(error_of("fe80::1%1"), HasSubstr("zone"));
  EXPECT_THAT(error_of("fd00::1%no_interface"), HasSubstr("zone"));
  EXPECT_THAT(error_of(std::string("10.0.0.0\0x/8", 12)), HasSubstr("is not an IP address"));
}

}  // namespace
}  // namespace konduit::targets
