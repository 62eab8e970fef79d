#include "targets/target_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/ip/address.hpp>

namespace konduit::targets {
namespace {

using ::testing::HasSubstr;

TargetRule rule(std::string_view text) {
  std::string error;
  auto parsed = TargetRule::parse(text, error);
  if (!parsed) throw std::invalid_argument(std::string(text) + ": " + error);
  return *parsed;
}

bool name_matches(std::string_view text, std::string_view name, std::uint16_t port = 443) {
  return rule(text).matches_name(normalised_name(name), port);
}

bool address_matches(std::string_view text, const char* address, std::uint16_t port = 443) {
  return rule(text).matches_address(normalised(asio::ip::make_address(address)), port);
}

std::string error_of(std::string_view text) {
  std::string error;
  EXPECT_FALSE(TargetRule::parse(text, error)) << text;
  return error;
}

TEST(TargetRule, MatchesANameWithoutRegardToCaseAndFinalDot) {
  EXPECT_TRUE(name_matches("api.internal", "api.internal"));
  EXPECT_TRUE(name_matches("Api.Internal.", "API.internal"));
  EXPECT_TRUE(name_matches("api.internal", "api.INTERNAL."));
  EXPECT_FALSE(name_matches("api.internal", "xapi.internal"));
  EXPECT_FALSE(name_matches("api.internal", "a.api.internal"));
}

TEST(TargetRule, MatchesNamesBelowASuffix) {
  EXPECT_TRUE(name_matches("*.internal", "a.internal"));
  EXPECT_TRUE(name_matches("*.internal", "a.b.internal."));
  EXPECT_FALSE(name_matches("*.internal", "internal"));
  EXPECT_FALSE(name_matches("*.internal", "ainternal"));
  EXPECT_FALSE(name_matches("*.internal", ".internal"));
  EXPECT_FALSE(name_matches("*.internal", "internal.example"));
}

TEST(TargetRule, MatchesEverybodyByAStar) {
  EXPECT_TRUE(name_matches("*", "anything"));
  EXPECT_TRUE(address_matches("*", "2001:db8::1"));
  EXPECT_TRUE(name_matches("*:22", "anything", 22));
  EXPECT_FALSE(address_matches("*:22", "10.0.0.1", 23));
}

TEST(TargetRule, RestrictsPorts) {
  EXPECT_TRUE(address_matches("10.0.0.0/8:443", "10.0.0.1", 443));
  EXPECT_FALSE(address_matches("10.0.0.0/8:443", "10.0.0.1", 444));
  EXPECT_TRUE(address_matches("[fd00::/8]:8000-8999", "fd00::1", 8000));
  EXPECT_TRUE(address_matches("[fd00::/8]:8000-8999", "fd00::1", 8999));
  EXPECT_FALSE(address_matches("[fd00::/8]:8000-8999", "fd00::1", 9000));
  EXPECT_TRUE(name_matches("*.internal:1-2", "a.internal", 2));
  EXPECT_FALSE(name_matches("*.internal:1-2", "a.internal", 3));
}

TEST(TargetRule, TakesColonsForAnAddressUnlessThereIsOne) {
  EXPECT_TRUE(address_matches("fd00::/8", "fd00::443", 1));
  EXPECT_TRUE(address_matches("[fd00::1]", "fd00::1", 1));
  EXPECT_TRUE(address_matches("2001:db8::1:443", "2001:db8::1:443", 1));
}

TEST(TargetRule, IsAboutNamesOrAboutAddresses) {
  EXPECT_FALSE(name_matches("10.0.0.0/8", "10.example"));
  EXPECT_FALSE(address_matches("*.internal", "10.0.0.1"));
  EXPECT_TRUE(rule("10.0.0.0/8:80").concerns_addresses(80));
  EXPECT_FALSE(rule("10.0.0.0/8:80").concerns_addresses(81));
  EXPECT_FALSE(rule("*").concerns_addresses(80));
}

TEST(TargetRule, KeepsItsText) { EXPECT_EQ(rule("*.Internal:443").text(), "*.Internal:443"); }

TEST(TargetRule, SaysWhatIsWrong) {
  EXPECT_THAT(error_of(""), HasSubstr("a host is missing"));
  EXPECT_THAT(error_of(":443"), HasSubstr("a host is missing"));
  EXPECT_THAT(error_of("a.*.internal"), HasSubstr("\"*\" can only stand alone"));
  EXPECT_THAT(error_of("*internal"), HasSubstr("\"*\" can only stand alone"));
  EXPECT_THAT(error_of("a b"), HasSubstr("cannot hold \" \""));
  EXPECT_THAT(error_of("a..b"), HasSubstr("empty label"));
  EXPECT_THAT(error_of(".internal"), HasSubstr("empty label"));
  EXPECT_THAT(error_of("10.0.0.0/8:0"), HasSubstr("\"0\" is no port"));
  EXPECT_THAT(error_of("host:70000"), HasSubstr("\"70000\" is no port"));
  EXPECT_THAT(error_of("host:"), HasSubstr("\"\" is no port"));
  EXPECT_THAT(error_of("host:80-"), HasSubstr("\"80-\" is no port"));
  EXPECT_THAT(error_of("host:90-80"), HasSubstr("port range 90-80 is empty"));
  EXPECT_THAT(error_of("[fd00::/8"), HasSubstr("bracket is not closed"));
  EXPECT_THAT(error_of("[fd00::/8]443"), HasSubstr("only a port can follow"));
  EXPECT_THAT(error_of("10.0.0.1/8"), HasSubstr("write 10.0.0.0/8"));
}

}  // namespace
}  // namespace konduit::targets
