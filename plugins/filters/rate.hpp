#pragma once

#include <atomic>
#include <cstdint>

#include "konduit/asio.hpp"

namespace konduit::filters {

/// How much of something may happen: `amount` in each `period`, and `burst` at once after a rest.
struct Rate {
  std::uint64_t amount = 1;
  Duration period = std::chrono::seconds(1);
  std::uint64_t burst = 1;

  friend bool operator==(const Rate&, const Rate&) = default;
};

/// A token bucket (the generic cell rate algorithm, ITU-T I.371, annex A): one number, the time at which the bucket
/// will be full again. So it needs no lock and no timer, and the rate belongs to who asks. A time says nothing at
/// another rate: take() reads it as an empty bucket at the most, so that it may be asked at a rate that was changed;
/// who charges keeps to one.
///
/// Thread: any.
class RateBucket {
 public:
  /// Takes `amount` if the bucket holds so much.
  bool take(std::uint64_t amount, const Rate& rate, TimePoint now) noexcept;
  /// Takes `amount` in any case: the bucket may owe it.
  void charge(std::uint64_t amount, const Rate& rate, TimePoint now) noexcept;
  /// When it has paid back what it owes; in the past where it owes nothing.
  TimePoint paid_at(const Rate& rate) const noexcept;
  /// True if it is full: nobody would see the difference if it were made anew.
  bool full(TimePoint now) const noexcept;

 private:
  /// Long ago, and far from the end of the number.
  std::atomic<std::int64_t> full_at_{INT64_MIN / 2};
};

}  // namespace konduit::filters
