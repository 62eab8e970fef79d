#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace konduit::bench {

namespace {

// Values below 2^kBits have a bucket each; every further power of two is cut into 2^(kBits - 1) buckets.
constexpr unsigned kBits = 8;
constexpr std::size_t kHalf = std::size_t{1} << (kBits - 1);
constexpr std::size_t kBuckets = (64 - kBits + 2) * kHalf;

unsigned shift_of(std::uint64_t value) noexcept {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  return width > kBits ? width - kBits : 0;
}

std::size_t bucket_of(std::uint64_t value) noexcept {
  const unsigned shift = shift_of(value);
  return shift * kHalf + static_cast<std::size_t>(value >> shift);
}

std::uint64_t last_of(std::size_t bucket) noexcept {
  if (bucket < 2 * kHalf) return bucket;
  const std::size_t shift = bucket / kHalf - 1;
  const std::uint64_t first = static_cast<std::uint64_t>(bucket - shift * kHalf) << shift;
  return first + ((std::uint64_t{1} << shift) - 1);
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::add(std::uint64_t value) noexcept {
  ++buckets_[bucket_of(value)];
  ++count_;
  largest_ = std::max(largest_, value);
}

void Histogram::clear() noexcept {
  std::ranges::fill(buckets_, 0);
  count_ = 0;
  largest_ = 0;
}

std::uint64_t Histogram::quantile(double share) const noexcept {
  const auto wanted =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t passed = 0;
  for (std::size_t bucket = 0; bucket != kBuckets; ++bucket) {
    passed += buckets_[bucket];
    if (passed >= wanted) return std::min(last_of(bucket), largest_);
  }
  return largest_;
}

}  // namespace konduit::bench
