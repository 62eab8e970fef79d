#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/metrics.hpp"
#include "telemetry/exported_family.hpp"

namespace konduit::telemetry {

/// All metrics of a process. Components count in cells of their own without a lock; cells of one name and equal labels
/// are summed when somebody asks. Gauges whose names end in _expiry_seconds tell a time: there the earliest is shown,
/// as where two generations of a component show two certificates of one file.
///
/// Cells live as long as the Metrics object that they were registered through. Then gauges vanish, and what counters
/// and histograms counted stays in the sums, so that those never go back.
///
/// Thread: any; registration and scraping take a lock that counting does not. Registration throws StartError when a
/// name or label is not valid, when a component's name does not begin with konduit_, or when the name is registered
/// with another help, type or buckets.
class MetricsRegistry final : public prometheus::Collectable {
 public:
  /// Appends families that are read when somebody asks: the process's own.
  using Source = std::function<void(std::vector<prometheus::MetricFamily>&)>;

  MetricsRegistry();
  ~MetricsRegistry() override;
  MetricsRegistry(const MetricsRegistry&) = delete;
  MetricsRegistry& operator=(const MetricsRegistry&) = delete;

  /// For the component "type/name": names begin with konduit_ and get the label component. A new object for each call,
  /// which the registry outlives; shared by whatever writes to its cells.
  std::shared_ptr<Metrics> component(std::string id);

  /// For the program itself: names of any prefix, without the label. Lives as long as the registry.
  Metrics& exported() noexcept;

  void add_source(Source source);
  /// Adds a family that sums others. Throws StartError as registration does.
  void add_family(ExportedFamily family);

  /// Sorted by name; series by labels.
  std::vector<prometheus::MetricFamily> Collect() const override;

  /// All of it in Prometheus' text format, version 0.0.4.
  std::string scrape() const;

 private:
  struct Impl;
  class Registrar;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<Registrar> exported_;
};

}  // namespace konduit::telemetry
