#include "telemetry/escape.hpp"

#include <gtest/gtest.h>

namespace konduit::telemetry {
namespace {

std::string json(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

std::string value(std::string_view text) {
  std::string out;
  append_value(out, text);
  return out;
}

TEST(Escape, PlainTextStaysAsItIs) {
  EXPECT_EQ(escaped("agent connected"), "agent connected");
  EXPECT_EQ(value("a1"), "a1");
  EXPECT_EQ(json("a1"), "\"a1\"");
  EXPECT_EQ(escaped("größer 日本 🙂"), "größer 日本 🙂");
  EXPECT_EQ(json("größer 日本 🙂"), "\"größer 日本 🙂\"");
}

TEST(Escape, AValueIsQuotedWhereItsEndWouldBeUnclear) {
  EXPECT_EQ(value(""), "\"\"");
  EXPECT_EQ(value("two words"), "\"two words\"");
  EXPECT_EQ(value("a=b"), "\"a=b\"");
  EXPECT_EQ(value("say \"hi\""), "\"say \\\"hi\\\"\"");
  EXPECT_EQ(value("C:\\x"), "C:\\\\x");
}

TEST(Escape, NothingEndsALine) {
  EXPECT_EQ(escaped("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(value("x\n2026-11-23T09:00:00.123Z error forged"), "\"x\\n2026-11-23T09:00:00.123Z error forged\"");
  EXPECT_EQ(escaped("a\u2028b\u0085c"), "a\\u2028b\\x85c");
  EXPECT_EQ(json("a\nb\u2028"), "\"a\\nb\\u2028\"");
}

TEST(Escape, NothingDrivesATerminalOrReordersText) {
  EXPECT_EQ(escaped("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(escaped(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(escaped("\u202egnp.exe"), "\\u202egnp.exe");
  EXPECT_EQ(json("\x1b[31m"), "\"\\u001b[31m\"");
  EXPECT_EQ(json(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(Escape, BytesThatAreNotUtf8AreShownOneByOne) {
  EXPECT_EQ(escaped("\xff"), "\\xff");
  EXPECT_EQ(escaped("a\xc3"), "a\\xc3");                           // cut off
  EXPECT_EQ(escaped("\xc0\xaf"), "\\xc0\\xaf");                    // too long for what it says
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(escaped("\xe2\x82z"), "\\xe2\\x82z");
  EXPECT_EQ(json("a\xff"), "\"a\xef\xbf\xbd\"");
  EXPECT_EQ(valid_utf8("a\xff\u00e4"), "a\xef\xbf\xbd\u00e4");
}

}  // namespace
}  // namespace konduit::telemetry
