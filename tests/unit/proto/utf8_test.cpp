#include <gtest/gtest.h>

#include "proto/packet.hpp"

namespace konduit::proto {
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

}  // namespace
}  // namespace konduit::proto
