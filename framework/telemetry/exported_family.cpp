#include "telemetry/exported_family.hpp"

#include <algorithm>
#include <map>

#include "telemetry/metric_names.hpp"

namespace konduit::telemetry {
namespace {

const std::string* label_of(const prometheus::ClientMetric& metric, const std::string& name) {
  const auto found =
      std::find_if(metric.label.begin(), metric.label.end(), [&](const auto& label) { return label.name == name; });
  return found == metric.label.end() ? nullptr : &found->value;
}

bool wanted_series(const ExportedSource& wanted, const prometheus::ClientMetric& metric) {
  return std::all_of(wanted.where.begin(), wanted.where.end(), [&metric](const auto& condition) {
    const std::string* value = label_of(metric, condition.first);
    return value && *value == condition.second;
  });
}

LabelSet labels_of(const ExportedSource& wanted, const prometheus::ClientMetric& metric) {
  LabelSet labels;
  for (const auto& [name, value] : wanted.set) labels.push_back({name, value});
  for (const auto& [name, renamed] : wanted.keep) {
    if (const std::string* value = label_of(metric, name)) labels.push_back({renamed, *value});
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

bool same_buckets(const prometheus::ClientMetric& one, const prometheus::ClientMetric& other) {
  return std::ranges::equal(one.histogram.bucket, other.histogram.bucket, {},
                            &prometheus::ClientMetric::Bucket::upper_bound,
                            &prometheus::ClientMetric::Bucket::upper_bound);
}

void add(prometheus::ClientMetric& sum, const prometheus::ClientMetric& metric) {
  if (sum.histogram.bucket.empty()) {
    sum.histogram.bucket = metric.histogram.bucket;
  } else if (same_buckets(sum, metric)) {
    for (std::size_t i = 0; i < sum.histogram.bucket.size(); ++i) {
      sum.histogram.bucket[i].cumulative_count += metric.histogram.bucket[i].cumulative_count;
    }
  } else {
    return;
  }
  sum.counter.value += metric.counter.value;
  sum.gauge.value += metric.gauge.value;
  sum.histogram.sample_count += metric.histogram.sample_count;
  sum.histogram.sample_sum += metric.histogram.sample_sum;
}

}  // namespace

prometheus::MetricFamily summed(const ExportedFamily& wanted, const FindFamily& find) {
  std::map<LabelSet, prometheus::ClientMetric> sums;
  for (const ExportedSource& source : wanted.sources) {
    if (source.keep.empty() && wanted.type != prometheus::MetricType::Histogram) sums[labels_of(source, {})];
    const prometheus::MetricFamily* family = find(source.family);
    if (family == nullptr || family->type != wanted.type) continue;
    for (const prometheus::ClientMetric& metric : family->metric) {
      if (wanted_series(source, metric)) add(sums[labels_of(source, metric)], metric);
    }
  }
  prometheus::MetricFamily family{wanted.name, help_text(wanted.help), wanted.type, {}};
  for (auto& [labels, sum] : sums) {
    sum.label = labels;
    family.metric.push_back(std::move(sum));
  }
  return family;
}

}  // namespace konduit::telemetry
