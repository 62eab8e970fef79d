#include "filters/rate.hpp"

#include <algorithm>

namespace konduit::filters {

namespace {

using std::chrono::nanoseconds;

/// Ten years: beyond what anybody waits for, and far from the ends of the number.
constexpr std::int64_t kLongest = 10LL * 365 * 24 * 3600 * 1'000'000'000;

std::int64_t count(TimePoint at) noexcept {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

/// How long the bucket takes to win `amount` back.
std::int64_t cost(std::uint64_t amount, const Rate& rate) noexcept {
  const double period = std::chrono::duration<double, std::nano>(rate.period).count();
  const double time = static_cast<double>(amount) * period / static_cast<double>(rate.amount);
  return time < static_cast<double>(kLongest) ? static_cast<std::int64_t>(time + 0.5) : kLongest;
}

}  // namespace

bool RateBucket::take(std::uint64_t amount, const Rate& rate, TimePoint now) noexcept {
  const std::int64_t at = count(now);
  // A burst is as many takes as it says, though each of them rounds.
  const std::int64_t rounding = std::min(static_cast<std::int64_t>(rate.burst), cost(1, rate) / 2);
  const std::int64_t latest = at + cost(rate.burst, rate) + rounding;
  std::int64_t before = full_at_.load(std::memory_order_relaxed);
  std::int64_t after = 0;
  bool enough = false;
  do {
    after = std::clamp(before, at, latest) + cost(amount, rate);
    enough = after <= latest;
    // What goes beyond `latest` was taken at a slower rate, and must not stay so far off.
    if (!enough) after = std::min(before, latest);
  } while (!full_at_.compare_exchange_weak(before, after, std::memory_order_relaxed));
  return enough;
}

void RateBucket::charge(std::uint64_t amount, const Rate& rate, TimePoint now) noexcept {
  const std::int64_t at = count(now);
  std::int64_t before = full_at_.load(std::memory_order_relaxed);
  std::int64_t after = 0;
  do {
    after = std::min(std::max(before, at) + cost(amount, rate), at + kLongest);
  } while (!full_at_.compare_exchange_weak(before, after, std::memory_order_relaxed));
}

TimePoint RateBucket::paid_at(const Rate& rate) const noexcept {
  const nanoseconds paid(full_at_.load(std::memory_order_relaxed) - cost(rate.burst, rate));
  return TimePoint(std::chrono::duration_cast<Duration>(paid));
}

bool RateBucket::full(TimePoint now) const noexcept { return full_at_.load(std::memory_order_relaxed) <= count(now); }

}  // namespace konduit::filters
