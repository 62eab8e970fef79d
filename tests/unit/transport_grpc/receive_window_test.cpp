#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "transport-grpc/receive_window.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kKiB = 1024;

class ReceiveWindowTest : public testing::Test {
 protected:
  /// The peer sends a whole window and the reader takes it, `later`; returns what is granted.
  std::size_t turn_over(ReceiveWindow& window, Duration later, Duration round_trip = 10ms) {
    const std::size_t size = window.size();
    EXPECT_TRUE(window.received(size));
    now_ += later;
    EXPECT_TRUE(window.consumed(size, now_));
    return window.grant(now_, round_trip);
  }

  TimePoint now_{};
  MemoryBudget budget_{1024 * kKiB, 64, {}};  // 16 KiB each
};

TEST_F(ReceiveWindowTest, BeginsWithAShareAndTakesNoByteMore) {
  ReceiveWindow window(budget_, now_);
  EXPECT_EQ(window.size(), 16 * kKiB);
  EXPECT_TRUE(window.received(16 * kKiB - 1));
  EXPECT_FALSE(window.received(2));
  EXPECT_TRUE(window.received(1));
  EXPECT_FALSE(window.received(1));
}

TEST_F(ReceiveWindowTest, GrantsInStepsOfAQuarter) {
  ReceiveWindow window(budget_, now_);
  ASSERT_TRUE(window.received(16 * kKiB));
  EXPECT_FALSE(window.consumed(4 * kKiB - 1, now_));
  EXPECT_TRUE(window.consumed(1, now_));
  EXPECT_EQ(window.grant(now_ + 10s, 10ms), 4 * kKiB);
  EXPECT_FALSE(window.consumed(1, now_));
}

TEST_F(ReceiveWindowTest, GrantsWhatThereIsASecondAfterTheLastStep) {
  ReceiveWindow window(budget_, now_);
  ASSERT_TRUE(window.received(16 * kKiB));
  now_ += 999ms;
  EXPECT_FALSE(window.consumed(100, now_));
  now_ += 1ms;
  EXPECT_TRUE(window.consumed(100, now_));
  EXPECT_EQ(window.grant(now_, 10ms), 200u);
  EXPECT_FALSE(window.consumed(100, now_));
  now_ += 1s;
  EXPECT_FALSE(window.consumed(0, TimePoint{})) << "whole steps only";
  EXPECT_TRUE(window.consumed(0, now_));
}

TEST_F(ReceiveWindowTest, DoublesForAReaderThatItHoldsUp) {
  ReceiveWindow window(budget_, now_);
  EXPECT_EQ(turn_over(window, 20ms), 32 * kKiB);
  EXPECT_EQ(window.size(), 32 * kKiB);
  EXPECT_EQ(turn_over(window, 20ms), 64 * kKiB);
}

TEST_F(ReceiveWindowTest, StaysForAReaderThatTakesItsTime) {
  ReceiveWindow window(budget_, now_);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(turn_over(window, 21ms), 16 * kKiB);
  EXPECT_EQ(window.size(), 16 * kKiB);
}

TEST_F(ReceiveWindowTest, GrowsNeitherBeyondItsPartOfTheBudgetNorTheLargest) {
  ReceiveWindow window(budget_, now_);
  for (int i = 0; i < 20; ++i) turn_over(window, 1ms);
  EXPECT_EQ(window.size(), 128 * kKiB) << "twice as much would be more than a quarter of what is free";
  EXPECT_EQ(budget_.promised(), 128 * kKiB);

  MemoryBudget plenty(1024 * 1024 * kKiB, 1024, {});
  ReceiveWindow large(plenty, now_);
  for (int i = 0; i < 30; ++i) turn_over(large, 1ms, 1h);
  EXPECT_EQ(large.size(), ReceiveWindow::kLargest);
}

TEST_F(ReceiveWindowTest, GivesWayAsItIsUsedToThoseWhoCameLater) {
  ReceiveWindow window(budget_, now_);
  for (int i = 0; i < 20; ++i) turn_over(window, 1ms);
  std::vector<std::unique_ptr<ReceiveWindow>> newcomers;
  for (int i = 0; i < 20; ++i) newcomers.push_back(std::make_unique<ReceiveWindow>(budget_, now_));
  for (int i = 0; i < 20; ++i) {
    for (const auto& newcomer : newcomers) turn_over(*newcomer, 0ms);
    turn_over(window, 1ms);
  }
  for (const auto& newcomer : newcomers) {
    EXPECT_GE(2 * newcomer->size(), window.size()) << "who was first kept more than twice as much";
    EXPECT_GE(newcomer->size(), 16 * kKiB);
  }
  EXPECT_LE(budget_.promised(), budget_.limit());
}

TEST_F(ReceiveWindowTest, ShrinksToItsShareWhenTheBudgetIsPromised) {
  ReceiveWindow window(budget_, now_);
  for (int i = 0; i < 20; ++i) turn_over(window, 1ms);
  std::vector<std::unique_ptr<ReceiveWindow>> newcomers;
  for (int i = 0; i < 63; ++i) newcomers.push_back(std::make_unique<ReceiveWindow>(budget_, now_));
  ASSERT_GT(budget_.promised(), budget_.limit());
  for (int i = 0; i < 5; ++i) turn_over(window, 10s);
  EXPECT_LE(window.size(), 32 * kKiB);
  EXPECT_LE(budget_.promised(), budget_.limit() + 16 * kKiB);
}

TEST_F(ReceiveWindowTest, TakesItsPromisesBackAtTheEnd) {
  {
    ReceiveWindow window(budget_, now_);
    turn_over(window, 1ms);
    EXPECT_EQ(budget_.promised(), 32 * kKiB);
  }
  EXPECT_EQ(budget_.promised(), 0u);
}

}  // namespace
}  // namespace konduit::transport_grpc
