#include "auth/token_expiry.hpp"

#include <gtest/gtest.h>

#include <string>

#include "review_fixture.hpp"

namespace konduit::auth {
namespace {

using Time = std::chrono::system_clock::time_point;

TEST(StatedExpiry, IsTheExpOfAWebToken) {
  // {"exp":1795000000}
  EXPECT_EQ(stated_expiry("h.eyJleHAiOjE3OTUwMDAwMDB9.s"), Time(std::chrono::seconds(1'795'000'000)));
  const auto end = stated_expiry(test::token_ending_in(std::chrono::seconds(100)));
  ASSERT_TRUE(end);
  EXPECT_LE(*end - std::chrono::system_clock::now(), std::chrono::seconds(100));
  EXPECT_GE(*end - std::chrono::system_clock::now(), std::chrono::seconds(90));
}

TEST(StatedExpiry, MayHaveAFraction) {
  // {"exp":1795000000.5}
  EXPECT_EQ(stated_expiry("h.eyJleHAiOjE3OTUwMDAwMDAuNX0.s"), Time(std::chrono::seconds(1'795'000'000)));
}

TEST(StatedExpiry, IsMissingFromOtherTokens) {
  for (const char* token : {"", "opaque", "a.b", "a.b.c", "..", "h.bm90IGpzb24.s", "h.e30.s", "h.!.s",
                            "h.eyJleHAiOiJ4In0.s", "h.eyJleHAiOi01fQ.s", "h.eyJleHAiOjFlMzAwfQ.s", "h.W10.s"}) {
    EXPECT_EQ(stated_expiry(token), std::nullopt) << token;
  }
}

}  // namespace
}  // namespace konduit::auth
