#pragma once

#include <prometheus/client_metric.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "konduit/metrics.hpp"

namespace konduit::telemetry {

/// A number that one shard writes and the scrape reads. Each has a cache line of its own, or shards that count in
/// neighbouring cells would slow each other down.
class Cell {
 public:
  Cell() = default;
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;
  virtual ~Cell() = default;
  /// Adds this cell's value to `sum`, which has the histogram's buckets already.
  virtual void add_to(prometheus::ClientMetric& sum) const = 0;
};

class alignas(64) CounterCell final : public Cell {
 public:
  void add_to(prometheus::ClientMetric& sum) const override;
  Counter counter;
};

class alignas(64) GaugeCell final : public Cell {
 public:
  void add_to(prometheus::ClientMetric& sum) const override;
  Gauge gauge;
};

/// Upper bounds, ascending, without the last one at infinity. Shared by the cells of a family.
using Bounds = std::shared_ptr<const std::vector<double>>;

class alignas(64) HistogramCell final : public Cell, public Histogram {
 public:
  explicit HistogramCell(Bounds bounds);
  void observe(double value) noexcept override;
  void add_to(prometheus::ClientMetric& sum) const override;

 private:
  Bounds bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;  ///< One more than bounds: the last is +Inf. Not cumulative.
  std::atomic<double> total_{0};
};

}  // namespace konduit::telemetry
