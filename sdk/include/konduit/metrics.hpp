#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "konduit/api.hpp"

namespace konduit {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// A number that one shard counts and any thread may read. One writer, so it costs a load and a store.
class Counter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down. One writer.
class Gauge {
 public:
  void add(std::int64_t amount) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// A distribution over buckets fixed at registration. One writer.
class Histogram {
 public:
  virtual void observe(double value) noexcept = 0;

 protected:
  ~Histogram() = default;
};

/// Where a component registers what it measures. Every call makes a new cell; cells of one name and equal labels are
/// summed when they are scraped, so each part (shard) has its own and writes without a lock; of gauges that end in
/// `_expiry_seconds` the least is taken. Names begin with `konduit_` and get the label `component="type/name"`.
///
/// Cells live as long as the component whose Host this came from, and are not written to afterwards. Then gauges
/// vanish, and what counters and histograms counted stays in the sums, which never go back.
class KONDUIT_API Metrics {
 public:
  virtual Counter& counter(std::string_view name, std::string_view help, Labels labels = {}) = 0;
  virtual Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {}) = 0;
  virtual Histogram& histogram(std::string_view name, std::string_view help, std::initializer_list<double> buckets,
                               Labels labels = {}) = 0;

 protected:
  ~Metrics() = default;
};

/// The answer of a health check.
struct HealthState {
  bool ready = true;
  std::string_view reason;  ///< Why it is not ready, constant text: "no connection to any proxy agent".
  std::string detail = {};  ///< For verbose answers, also when all is well: "2 of 3 servers".
};

}  // namespace konduit
