#include "auth/verdict_cache.hpp"

#include <gtest/gtest.h>

namespace konduit::auth {
namespace {

using std::chrono::seconds;

constexpr TimePoint kNow{std::chrono::hours(1)};

TokenDigest digest(const char* token) { return TokenDigest::of(token); }

TEST(VerdictCache, KnowsAVerdictUntilItsTime) {
  VerdictCache cache(10);
  cache.put(digest("a"), Identity("agent"), kNow + seconds(5));
  ASSERT_NE(cache.find(digest("a"), kNow), nullptr);
  EXPECT_EQ((*cache.find(digest("a"), kNow))->name, "agent");
  EXPECT_EQ(cache.find(digest("b"), kNow), nullptr);
  EXPECT_EQ(cache.find(digest("a"), kNow + seconds(5)), nullptr);
  EXPECT_EQ(cache.size(), 0U) << "it keeps what nobody may be told";
}

TEST(VerdictCache, TakesALaterVerdictForTheTruth) {
  VerdictCache cache(10);
  cache.put(digest("a"), Identity("agent"), kNow + seconds(5));
  cache.put(digest("a"), Refusal{Refusal::Reason::forbidden, "no"}, kNow + seconds(9));
  ASSERT_NE(cache.find(digest("a"), kNow + seconds(6)), nullptr);
  EXPECT_TRUE(cache.find(digest("a"), kNow)->has_error());
  EXPECT_EQ(cache.size(), 1U);
}

TEST(VerdictCache, NeverGrowsBeyondItsBound) {
  VerdictCache cache(3);
  for (int i = 0; i != 100; ++i) {
    cache.put(digest(std::to_string(i).c_str()), Identity("agent"), kNow + seconds(5));
    EXPECT_LE(cache.size(), 3U);
  }
  EXPECT_EQ(cache.find(digest("96"), kNow), nullptr);
  EXPECT_NE(cache.find(digest("97"), kNow), nullptr);
}

TEST(TokenDigest, TellsTokensApart) {
  EXPECT_TRUE(digest("a").same_as(digest("a")));
  EXPECT_FALSE(digest("a").same_as(digest("b")));
  // SHA-256 of "abc" (FIPS 180-4).
  EXPECT_EQ(digest("abc").bytes[0], 0xba);
  EXPECT_EQ(digest("abc").bytes[31], 0xad);
}

}  // namespace
}  // namespace konduit::auth
