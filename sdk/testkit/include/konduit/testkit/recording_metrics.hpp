#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/metrics.hpp"

namespace konduit::testkit {

/// Keeps what is measured. Registration on any thread; values as of when they are asked for.
class RecordingMetrics final : public Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {}) override;
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {}) override;
  Histogram& histogram(std::string_view name, std::string_view help, std::initializer_list<double> buckets,
                       Labels labels = {}) override;

  // Sums over the cells of `name` that have all of `labels`; 0 where there is none.
  std::uint64_t counted(std::string_view name, Labels labels = {}) const;
  std::int64_t gauged(std::string_view name, Labels labels = {}) const;
  /// How many values a histogram has seen.
  std::uint64_t observed(std::string_view name, Labels labels = {}) const;
  bool has(std::string_view name) const;

 private:
  struct Key {
    std::string name;
    std::map<std::string, std::string, std::less<>> labels;

    Key(std::string_view n, Labels l);
    bool matches(std::string_view n, Labels l) const;
  };
  struct Distribution final : Histogram {
    void observe(double value) noexcept override;
    Counter count;
    double sum = 0;
  };
  template <class T>
  struct Cell {
    explicit Cell(Key k) : key(std::move(k)) {}
    Key key;
    T value;
  };

  mutable std::mutex mutex_;
  std::deque<Cell<Counter>> counters_;
  std::deque<Cell<Gauge>> gauges_;
  std::deque<Cell<Distribution>> histograms_;
};

}  // namespace konduit::testkit
