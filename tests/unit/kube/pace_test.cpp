#include "kube/pace.hpp"

#include <gtest/gtest.h>

namespace konduit::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

TEST(Backoff, DoublesUpToItsLongestPauseWithHalfByChance) {
  std::mt19937 random(1);
  Backoff backoff(milliseconds(100), milliseconds(400));
  for (const int whole : {100, 200, 400, 400, 400}) {
    const Duration pause = backoff.next(random);
    EXPECT_GE(pause, milliseconds(whole / 2));
    EXPECT_LE(pause, milliseconds(whole));
  }
}

TEST(RateLimit, WithoutARateLetsEverythingPass) {
  RateLimit limit(0, 1);
  for (int i = 0; i != 1000; ++i) EXPECT_EQ(limit.take(kStart, kStart), kStart);
}

TEST(RateLimit, LetsABurstPassAndThenOneAtATime) {
  RateLimit limit(10, 3);
  for (int i = 0; i != 3; ++i) EXPECT_EQ(limit.take(kStart, TimePoint::max()), kStart) << i;
  EXPECT_EQ(limit.take(kStart, TimePoint::max()), kStart + milliseconds(100));
  EXPECT_EQ(limit.take(kStart, TimePoint::max()), kStart + milliseconds(200));
}

TEST(RateLimit, FillsUpAgainWhileNothingHappens) {
  RateLimit limit(10, 3);
  for (int i = 0; i != 3; ++i) limit.take(kStart, TimePoint::max());
  const TimePoint later = kStart + seconds(10);
  for (int i = 0; i != 3; ++i) EXPECT_EQ(limit.take(later, TimePoint::max()), later) << i;
  EXPECT_GT(limit.take(later, TimePoint::max()), later);
}

TEST(RateLimit, TakesNothingForWhatWouldComeTooLate) {
  RateLimit limit(1, 1);
  EXPECT_EQ(limit.take(kStart, kStart), kStart);
  for (int i = 0; i != 5; ++i) EXPECT_EQ(limit.take(kStart, kStart + milliseconds(500)), std::nullopt);
  EXPECT_EQ(limit.take(kStart, kStart + seconds(1)), kStart + seconds(1));
}

}  // namespace
}  // namespace konduit::kube
