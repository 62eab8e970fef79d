#pragma once

#include <optional>
#include <random>

#include "konduit/asio.hpp"

namespace konduit::kube {

/// Pauses between attempts that failed: they grow, and differ from client to client.
class Backoff {
 public:
  static constexpr Duration kFirst = std::chrono::milliseconds(100);
  static constexpr Duration kLongest = std::chrono::seconds(10);

  Backoff(Duration first, Duration longest) noexcept : next_(first), longest_(longest) {}
  Backoff() noexcept : Backoff(kFirst, kLongest) {}

  /// The next pause: half of it to all of it, by chance.
  Duration next(std::mt19937& random);

 private:
  Duration next_;
  Duration longest_;
};

/// Lets events pass at a rate, in the order in which they asked.
class RateLimit {
 public:
  /// `per_second` 0: no limit. `burst`: as many at once after a pause, at least 1.
  RateLimit(double per_second, double burst) noexcept;

  /// When one more may pass; nothing, and none is taken, if that is later than `latest`.
  std::optional<TimePoint> take(TimePoint now, TimePoint latest) noexcept;

 private:
  Duration each_;       // zero: no limit
  Duration tolerance_;  // how far ahead of its rate it may be
  TimePoint due_{};     // when the next one is due at the rate
};

}  // namespace konduit::kube
