#include "latencies.hpp"

namespace konduit::bench {

void Latencies::add(Clock::duration latency) noexcept {
  nanoseconds_.add(static_cast<std::uint64_t>(std::chrono::nanoseconds(latency).count()));
}

Percentiles Latencies::percentiles() const noexcept {
  const auto at = [this](double share) { return static_cast<double>(nanoseconds_.quantile(share)) / 1000; };
  return {.p50 = at(0.5), .p90 = at(0.9), .p99 = at(0.99), .p999 = at(0.999), .longest = at(1)};
}

}  // namespace konduit::bench
