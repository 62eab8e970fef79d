#include "konduit/dial.hpp"

#include <gtest/gtest.h>

#include <string>

namespace konduit {
namespace {

TEST(Target, ParsesNamesAndAddresses) {
  const auto name = Target::parse("node-1.example_x:10250");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->host, "node-1.example_x");
  EXPECT_EQ(name->port, 10250);
  const auto ipv4 = Target::parse("10.0.0.1:0");
  ASSERT_TRUE(ipv4.has_value());
  EXPECT_EQ(ipv4->port, 0);
  const auto ipv6 = Target::parse("[fd00::1]:443");
  ASSERT_TRUE(ipv6.has_value());
  EXPECT_EQ(ipv6->host, "fd00::1");
}

TEST(Target, TextIsWhatParseReads) {
  for (const char* text : {"a.b:1", "10.0.0.1:65535", "[::1]:80"}) {
    const auto target = Target::parse(text);
    ASSERT_TRUE(target.has_value()) << text;
    EXPECT_EQ(target->text(), text);
  }
}

TEST(Target, RefusesWhatIsNoHostAndPort) {
  for (std::string_view text :
       {"",         ":",       "host",     "host:",       ":80",       "host:65536", "host:-1",
        "host:+1",  "host: 1", "host:1x",  "fd00::1:443", "[fd00::1]", "[]:1",       "[10.0.0.1]:1",
        "[host]:1", "a b:1",   "a\r\nb:1", "user@host:1", "host/x:1",  "[::1:1",     "::1]:1"}) {
    const auto target = Target::parse(text);
    ASSERT_TRUE(target.has_error()) << text;
    EXPECT_EQ(target.error(), StreamErrc::protocol);
  }
  EXPECT_TRUE(Target::parse(std::string("a\0b:1", 5)).has_error());
  EXPECT_TRUE(Target::parse(std::string("[::1\0x]:80", 10)).has_error());
  for (std::string_view zone : {"", " ", "a\r\nb", "a b", "1]", "%"}) {
    EXPECT_TRUE(Target::parse("[fe80::1%" + std::string(zone) + "]:80").has_error()) << zone;
  }
  EXPECT_TRUE(Target::parse("[fe80::1%eth-0.1]:80").has_value());
  EXPECT_TRUE(Target::parse(std::string(256, 'a') + ":1").has_error());
}

TEST(DialError, ValueOfAFailedDialThrowsItsText) {
  const DialResult<int> failed = DialError{DialErrc::no_route, true, "no agent for it"};
  try {
    (void)failed.value();
    FAIL() << "value() of an error did not throw";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("no agent for it"), std::string::npos);
  }
}

TEST(StreamErrc, CodesAreTellableAndCompareById) {
  const error_code code = StreamErrc::hangup;
  EXPECT_EQ(code.category().name(), std::string("konduit.stream"));
  EXPECT_TRUE(would_block(make_error_code(StreamErrc::would_block)));
  EXPECT_FALSE(would_block(code));
  EXPECT_FALSE(code.message().empty());
}

}  // namespace
}  // namespace konduit
