#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "konduit/budget.hpp"
#include "konduit/component.hpp"
#include "konduit/shard.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace konduit::runtime {

/// State that components hand from one generation to the next: each lives as long as anybody holds it, and with it a
/// host of its own.
///
/// Thread: the control shard's. What is passed in outlives the states.
class RetainedStates {
 public:
  RetainedStates(std::span<Shard* const> shards, telemetry::LogOutput& log, telemetry::MetricsRegistry& metrics,
                 MemoryBudget& budget)
      : shards_(shards), log_(log), metrics_(metrics), budget_(budget) {}

  /// The state of that component and key, made if nobody holds it.
  std::shared_ptr<void> obtain(const std::string& id, std::string_view key, std::shared_ptr<void> (*make)(Host&));

 private:
  struct State;

  const std::span<Shard* const> shards_;
  telemetry::LogOutput& log_;
  telemetry::MetricsRegistry& metrics_;
  MemoryBudget& budget_;
  std::map<std::string, std::weak_ptr<void>> states_;  // owned by the components that asked
};

}  // namespace konduit::runtime
