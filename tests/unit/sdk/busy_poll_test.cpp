#include "konduit/busy_poll.hpp"

#include <gtest/gtest.h>

namespace konduit {
namespace {

using namespace std::chrono_literals;

/// A loop that works and waits, and how long it would look.
class BusyPollTest : public testing::Test {
 protected:
  BusyPoll poll_{500us};

  /// Works, and waits for `wait`: looking finds what comes within the window. Returns what it looked for.
  Duration turn(Duration work, Duration wait) {
    poll_.worked(work);
    const Duration window = poll_.window();
    const Duration looked = std::min(window, wait);
    poll_.looked(looked);
    if (wait > window) poll_.slept(wait);
    return looked;
  }
};

TEST_F(BusyPollTest, WithoutALimitOfItsOwnNobodyLooks) {
  BusyPoll never(0us);
  EXPECT_FALSE(never.enabled());
  never.worked(10ms);
  never.slept(1us);
  EXPECT_EQ(never.window(), 0us);
}

TEST_F(BusyPollTest, TheFirstWaitSleeps) { EXPECT_EQ(turn(100us, 10us), 0us); }

TEST_F(BusyPollTest, LooksBehindShortWaitsForTwiceAsLongEachTime) {
  turn(1ms, 400us);
  EXPECT_EQ(poll_.window(), BusyPoll::kShortest);
  turn(1ms, 400us);
  EXPECT_EQ(poll_.window(), 2 * BusyPoll::kShortest);
  for (int i = 0; i < 5; ++i) turn(1ms, 499us);
  EXPECT_EQ(poll_.window(), 500us) << "and not for longer than the limit";
}

TEST_F(BusyPollTest, KeepsLookingForAsLongAsItFindsSomething) {
  turn(1ms, 40us);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(turn(20us, 30us), 30us);
  EXPECT_EQ(poll_.window(), BusyPoll::kShortest);
}

TEST_F(BusyPollTest, SleepsAtOnceBehindAWaitBeyondTheLimit) {
  for (int i = 0; i < 5; ++i) turn(1ms, 400us);
  turn(1ms, 501us);
  EXPECT_EQ(poll_.window(), 0us);
}

TEST_F(BusyPollTest, LooksNoMoreThanFourTimesAsLongAsItWorksAndThenForAsLongAsItTakes) {
  Duration looked{};
  Duration worked{};
  int found = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Duration now = turn(10us, 450us);
    found += now == 450us ? 1 : 0;
    looked += now;
    worked += 10us;
  }
  EXPECT_LE(looked, BusyPoll::kTimesWork * worked);
  EXPECT_GE(looked, 3 * worked) << "what it may it does";
  EXPECT_GE(found * 450us, looked - 1ms) << "but for the first ones, in vain it does not look";
}

TEST_F(BusyPollTest, SavesUpLittleForQuietTimes) {
  poll_.worked(24h);
  for (int i = 0; i < 10; ++i) poll_.slept(1us);
  Duration looked{};
  for (int i = 0; i < 100; ++i) looked += turn(0us, 499us);
  EXPECT_GT(looked, 0us);
  EXPECT_LE(looked, BusyPoll::kMostCredit);
}

}  // namespace
}  // namespace konduit
