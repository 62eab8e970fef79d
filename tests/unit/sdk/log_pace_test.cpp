#include "konduit/log_pace.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace konduit {
namespace {

using namespace std::chrono_literals;

TEST(LogPace, LetsTenLinesASecondThroughAndTellsHowManyWereNotTold) {
  LogPace pace;
  const TimePoint now = TimePoint{} + std::chrono::hours(1);
  std::vector<std::uint64_t> untold;
  const auto pass = [&](Duration later) {
    return pace.pass(now + later, [&](std::uint64_t n) { untold.push_back(n); });
  };
  for (unsigned i = 0; i < LogPace::kPerSecond; ++i) EXPECT_TRUE(pass(0s));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(pass(999ms));
  EXPECT_TRUE(untold.empty());
  EXPECT_TRUE(pass(1s));
  EXPECT_TRUE(pass(1s));
  EXPECT_EQ(untold, std::vector<std::uint64_t>{5});
}

}  // namespace
}  // namespace konduit
