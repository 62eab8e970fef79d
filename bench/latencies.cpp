#include "latencies.hpp"

#include <algorithm>

namespace konduit::bench {

void Latencies::add(Clock::duration latency) {
  nanoseconds_.push_back(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(latency).count()));
}

Percentiles Latencies::percentiles() const {
  if (nanoseconds_.empty()) return {};
  auto sorted = nanoseconds_;
  std::ranges::sort(sorted);
  const auto at = [&](double share) {
    return static_cast<double>(sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]) / 1000;
  };
  return {.p50 = at(0.5), .p90 = at(0.9), .p99 = at(0.99), .p999 = at(0.999), .longest = at(1)};
}

}  // namespace konduit::bench
