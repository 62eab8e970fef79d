#include "text/utf8.hpp"

#include <gtest/gtest.h>

#include "text/json.hpp"

namespace konduit::text {
namespace {

TEST(Utf8Test, WellFormedTextIsValid) {
  for (const char* text : {"", "plain", "\xC2\xA2", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x9F\x98\x80",
                           "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(valid_utf8(text)) << text;
  }
}

TEST(Utf8Test, IllFormedTextIsNot) {
  for (const char* text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "ok\xFE"}) {
    EXPECT_FALSE(valid_utf8(text)) << text;
  }
}

TEST(Utf8Test, WhatIsIllFormedIsReplacedByteForByte) {
  EXPECT_EQ(repaired_utf8("a\xFF\xC3\xA4\xED\xA0"), "a\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Utf8Test, JsonHoldsAnyBytes) {
  EXPECT_EQ(json::serialize(json::value(json_text("a\"\n\xFF"))), "\"a\\\"\\n\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace konduit::text
