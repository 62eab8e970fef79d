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
/// are summed when somebody asks.
///
/// Thread: any; registration and scraping take a lock that counting does not. Cells live as long as the registry.
/// Registration throws StartError when a name or label is not valid, when a component's name does not begin with
/// konduit_, or when the name is registered with another help, type or buckets.
class MetricsRegistry final : public prometheus::Collectable {
 public:
  /// Appends families that are read when somebody asks: the process's own.
  using Source = std::function<void(std::vector<prometheus::MetricFamily>&)>;

  MetricsRegistry();
  ~MetricsRegistry() override;
  MetricsRegistry(const MetricsRegistry&) = delete;
  MetricsRegistry& operator=(const MetricsRegistry&) = delete;

  /// For the component "type/name": names begin with konduit_ and get the label component. One object an id; it lives
  /// as long as the registry.
  Metrics& component(const std::string& id);

  /// For the program itself: names of any prefix, without the label.
  Metrics& exported();

  void add_source(Source source);
  /// Adds a family that sums another one. Throws StartError as registration does.
  void add_family(ExportedFamily family);

  /// Sorted by name; series by labels.
  std::vector<prometheus::MetricFamily> Collect() const override;

  /// All of it in Prometheus' text format, version 0.0.4.
  std::string scrape() const;

 private:
  struct Impl;
  class Registrar;
  std::unique_ptr<Impl> impl_;
};

}  // namespace konduit::telemetry
