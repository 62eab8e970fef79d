#include "konduit/log_pace.hpp"

#include <gtest/gtest.h>

namespace konduit {
namespace {

TEST(LogPace, LetsTenLinesASecondThroughAndTellsHowManyWereNotTold) {
  LogPace pace;
  const TimePoint now = TimePoint{} + std::chrono::hours(1);
  for (unsigned i = 0; i < LogPace::kPerSecond; ++i) EXPECT_EQ(pace.pass(now), 0u);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(pace.pass(now + std::chrono::milliseconds(999)));
  EXPECT_EQ(pace.pass(now + std::chrono::seconds(1)), 5u);
  EXPECT_EQ(pace.pass(now + std::chrono::seconds(1)), 0u);
}

}  // namespace
}  // namespace konduit
