#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

namespace konduit::telemetry {

/// A family under another name, for dashboards that know that one: the sum of a family's series over the process.
struct ExportedFamily {
  std::string name;
  std::string help;
  prometheus::MetricType type = prometheus::MetricType::Counter;
  std::string source;                                      ///< "konduit_dials_total"
  std::vector<std::pair<std::string, std::string>> where;  ///< Only series with these labels.
  std::vector<std::pair<std::string, std::string>> keep;   ///< Labels that stay apart: name in the source, new name.
};

/// Sums `source`. Without kept labels a counter or gauge is there even if nothing was counted: 0. `source` may be null.
prometheus::MetricFamily summed(const ExportedFamily& wanted, const prometheus::MetricFamily* source);

}  // namespace konduit::telemetry
