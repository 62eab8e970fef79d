#pragma once

#include <chrono>
#include <cstdint>

#include "histogram.hpp"

namespace konduit::bench {

/// Microseconds; 0 where nothing was measured.
struct Percentiles {
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double longest = 0;
};

/// How long each of many round trips took.
class Latencies {
 public:
  using Clock = std::chrono::steady_clock;

  void add(Clock::duration latency) noexcept;
  void clear() noexcept { nanoseconds_.clear(); }
  std::uint64_t count() const noexcept { return nanoseconds_.count(); }
  Percentiles percentiles() const noexcept;

 private:
  Histogram nanoseconds_;
};

}  // namespace konduit::bench
