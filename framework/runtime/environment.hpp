#pragma once

#include <span>

#include "konduit/budget.hpp"
#include "konduit/shard.hpp"
#include "listener/file_watches.hpp"
#include "listener/listener_registry.hpp"
#include "listener/transports.hpp"
#include "pipeline/tunnel_quota.hpp"
#include "runtime/retained_states.hpp"
#include "telemetry/health.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace konduit::runtime {

/// What outlives generations and is shared by them. Borrowed from the process's composition root.
struct Environment {
  std::span<Shard* const> shards;
  MemoryBudget& budget;
  pipeline::TunnelQuota& tunnels;
  const listener::Transports& transports;
  listener::ListenerRegistry& listeners;
  telemetry::LogOutput& log;
  telemetry::MetricsRegistry& metrics;
  telemetry::HealthChecks& health;
  RetainedStates& retained;
  listener::FileWatches& files;

  Shard& control() const noexcept { return *shards.front(); }
};

}  // namespace konduit::runtime
