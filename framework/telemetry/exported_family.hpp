#pragma once

#include <prometheus/metric_family.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace konduit::telemetry {

using LabelPairs = std::vector<std::pair<std::string, std::string>>;

/// A part of an exported family: series of one family, under the labels that they are to have.
struct ExportedSource {
  std::string family;  ///< "konduit_dials_total"
  LabelPairs where;    ///< Only series with these labels.
  LabelPairs keep;     ///< Labels that stay apart: name in the source, new name.
  LabelPairs set;      ///< Labels that all of them get.
};

/// A family under another name, for dashboards that know that one: sums of other families' series over the process.
struct ExportedFamily {
  std::string name;
  std::string help;
  prometheus::MetricType type = prometheus::MetricType::Counter;
  std::vector<ExportedSource> sources;
};

/// The family of that name, or null.
using FindFamily = std::function<const prometheus::MetricFamily*(const std::string& name)>;

/// Sums what the sources name; what is not there, or has another type or other buckets, is left out. Of a source
/// without kept labels a counter or gauge is there even if nothing was counted: 0.
prometheus::MetricFamily summed(const ExportedFamily& wanted, const FindFamily& find);

}  // namespace konduit::telemetry
