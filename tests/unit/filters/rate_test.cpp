#include "filters/rate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace konduit::filters {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{std::chrono::hours(1000)};

int taken(RateBucket& bucket, const Rate& rate, TimePoint now, int tries = 100) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += bucket.take(1, rate, now) ? 1 : 0;
  return count;
}

TEST(RateBucket, GivesABurstAndThenTheRate) {
  RateBucket bucket;
  const Rate rate{.amount = 3, .period = 1s, .burst = 5};
  EXPECT_EQ(taken(bucket, rate, kStart), 5);
  EXPECT_EQ(taken(bucket, rate, kStart + 300ms), 0);
  EXPECT_EQ(taken(bucket, rate, kStart + 334ms), 1);
  EXPECT_EQ(taken(bucket, rate, kStart + 1001ms), 2);
  EXPECT_EQ(taken(bucket, rate, kStart + 1h), 5);
}

TEST(RateBucket, GivesWholeBurstsOfRatesThatDoNotDivideASecond) {
  for (const std::uint64_t amount : {1U, 3U, 7U, 97U, 9973U}) {
    RateBucket bucket;
    const Rate rate{.amount = amount, .period = 1s, .burst = amount};
    EXPECT_EQ(taken(bucket, rate, kStart, 20000), static_cast<int>(amount));
    EXPECT_EQ(taken(bucket, rate, kStart + 10s, 20000), static_cast<int>(amount));
  }
}

TEST(RateBucket, CountsLessThanOneInASecond) {
  RateBucket bucket;
  const Rate rate{.amount = 3, .period = 1min, .burst = 1};
  EXPECT_EQ(taken(bucket, rate, kStart), 1);
  EXPECT_EQ(taken(bucket, rate, kStart + 19s), 0);
  EXPECT_EQ(taken(bucket, rate, kStart + 20s), 1);
}

TEST(RateBucket, OwesWhatItIsChargedBeyondItsBurst) {
  RateBucket bucket;
  const Rate rate{.amount = 1000, .period = 1s, .burst = 1000};
  bucket.charge(1000, rate, kStart);
  EXPECT_LE(bucket.paid_at(rate), kStart);
  bucket.charge(500, rate, kStart);
  EXPECT_EQ(bucket.paid_at(rate), kStart + 500ms);
  EXPECT_FALSE(bucket.full(kStart + 1499ms));
  EXPECT_TRUE(bucket.full(kStart + 1500ms));
}

TEST(RateBucket, SurvivesChargesBeyondAllMeasure) {
  RateBucket bucket;
  const Rate rate{.amount = 1, .period = 1h, .burst = 1};
  for (int i = 0; i < 10; ++i) bucket.charge(UINT64_MAX, rate, kStart);
  EXPECT_GT(bucket.paid_at(rate), kStart + std::chrono::hours(24 * 365));
  EXPECT_FALSE(bucket.take(1, rate, kStart));
}

TEST(RateBucket, LosesNoTakeBetweenThreads) {
  RateBucket bucket;
  const Rate rate{.amount = 1000, .period = std::chrono::hours(1), .burst = 1000};
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { count += taken(bucket, rate, kStart, 1000); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count, 1000);
}

}  // namespace
}  // namespace konduit::filters
