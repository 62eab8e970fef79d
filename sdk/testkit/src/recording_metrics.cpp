#include "konduit/testkit/recording_metrics.hpp"

#include <algorithm>

namespace konduit::testkit {

RecordingMetrics::Key::Key(std::string_view n, Labels l) : name(n) {
  for (const auto& [label, value] : l) labels.emplace(label, value);
}

bool RecordingMetrics::Key::matches(std::string_view n, Labels l) const {
  return name == n && std::all_of(l.begin(), l.end(), [this](const auto& wanted) {
           const auto found = labels.find(wanted.first);
           return found != labels.end() && found->second == wanted.second;
         });
}

void RecordingMetrics::Distribution::observe(double value) noexcept {
  count.add();
  sum += value;
}

Counter& RecordingMetrics::counter(std::string_view name, std::string_view, Labels labels) {
  const std::lock_guard lock(mutex_);
  return counters_.emplace_back(Key(name, labels)).value;
}

Gauge& RecordingMetrics::gauge(std::string_view name, std::string_view, Labels labels) {
  const std::lock_guard lock(mutex_);
  return gauges_.emplace_back(Key(name, labels)).value;
}

Histogram& RecordingMetrics::histogram(std::string_view name, std::string_view, std::initializer_list<double>,
                                       Labels labels) {
  const std::lock_guard lock(mutex_);
  return histograms_.emplace_back(Key(name, labels)).value;
}

std::uint64_t RecordingMetrics::counted(std::string_view name, Labels labels) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& cell : counters_) sum += cell.key.matches(name, labels) ? cell.value.value() : 0;
  return sum;
}

std::int64_t RecordingMetrics::gauged(std::string_view name, Labels labels) const {
  const std::lock_guard lock(mutex_);
  std::int64_t sum = 0;
  for (const auto& cell : gauges_) sum += cell.key.matches(name, labels) ? cell.value.value() : 0;
  return sum;
}

std::uint64_t RecordingMetrics::observed(std::string_view name, Labels labels) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& cell : histograms_) sum += cell.key.matches(name, labels) ? cell.value.count.value() : 0;
  return sum;
}

bool RecordingMetrics::has(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto named = [name](const auto& cell) { return cell.key.name == name; };
  return std::any_of(counters_.begin(), counters_.end(), named) || std::any_of(gauges_.begin(), gauges_.end(), named) ||
         std::any_of(histograms_.begin(), histograms_.end(), named);
}

}  // namespace konduit::testkit
