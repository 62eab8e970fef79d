#include "telemetry/cells.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace konduit::telemetry {

void CounterCell::add_to(prometheus::ClientMetric& sum) const {
  sum.counter.value += static_cast<double>(counter.value());
}

void GaugeCell::add_to(prometheus::ClientMetric& sum) const { sum.gauge.value += static_cast<double>(gauge.value()); }

HistogramCell::HistogramCell(Bounds bounds)
    : bounds_(std::move(bounds)), counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_->size() + 1)) {}

void HistogramCell::observe(double value) noexcept {
  if (std::isnan(value)) return;
  const auto bound = std::lower_bound(bounds_->begin(), bounds_->end(), value);
  std::atomic<std::uint64_t>& count = counts_[static_cast<std::size_t>(bound - bounds_->begin())];
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  total_.store(total_.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
}

void HistogramCell::add_to(prometheus::ClientMetric& sum) const {
  // The count is taken from the buckets, so that the two agree while somebody observes.
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i <= bounds_->size(); ++i) {
    cumulative += counts_[i].load(std::memory_order_relaxed);
    sum.histogram.bucket[i].cumulative_count += cumulative;
  }
  sum.histogram.sample_count += cumulative;
  sum.histogram.sample_sum += total_.load(std::memory_order_relaxed);
}

}  // namespace konduit::telemetry
