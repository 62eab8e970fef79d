#include "bench/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace konduit::bench {
namespace {

TEST(HistogramTest, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.quantile(0.5), 0u);
  EXPECT_EQ(histogram.largest(), 0u);
}

TEST(HistogramTest, SmallValuesComeBackExactly) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) histogram.add(value);
  EXPECT_EQ(histogram.quantile(0.5), 50u);
  EXPECT_EQ(histogram.quantile(0.99), 99u);
  EXPECT_EQ(histogram.quantile(0), 1u);
  EXPECT_EQ(histogram.quantile(1), 100u);
}

TEST(HistogramTest, EveryValueComesBackWithinAHundredAndTwentyEighth) {
  for (std::uint64_t value = 1; value < std::uint64_t{1} << 62; value += value / 7 + 1) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(UINT64_MAX);  // or the largest would be known exactly
    EXPECT_GE(histogram.quantile(0.5), value);
    EXPECT_LE(histogram.quantile(0.5) - value, value / 128) << value;
  }
}

TEST(HistogramTest, QuantilesAreThoseOfTheSortedValues) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> distribution(12, 2);
  std::vector<std::uint64_t> values;
  Histogram histogram;
  for (int i = 0; i != 20000; ++i) {
    values.push_back(static_cast<std::uint64_t>(distribution(random)));
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  for (const double share : {0.1, 0.5, 0.9, 0.99, 0.999}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const std::uint64_t exact = values[rank - 1];
    EXPECT_GE(histogram.quantile(share), exact);
    EXPECT_LE(histogram.quantile(share), exact + exact / 128);
  }
  EXPECT_EQ(histogram.largest(), values.back());
}

TEST(HistogramTest, ForgetsWhatItCounted) {
  Histogram histogram;
  histogram.add(1'000'000);
  histogram.clear();
  histogram.add(3);
  EXPECT_EQ(histogram.count(), 1u);
  EXPECT_EQ(histogram.largest(), 3u);
  EXPECT_EQ(histogram.quantile(0.999), 3u);
}

}  // namespace
}  // namespace konduit::bench
