#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "konduit/event.hpp"
#include "konduit/task_group.hpp"
#include "runtime/environment.hpp"
#include "runtime/generation.hpp"
#include "runtime/platform.hpp"
#include "runtime/shards.hpp"
#include "runtime/telemetry_listeners.hpp"

namespace konduit::runtime {

struct RunOptions {
  std::string ready_file;      ///< Written when everything is up; empty: none.
  bool handle_signals = true;  ///< SIGTERM and SIGINT end the run as request_stop() does.
};

/// One configuration at work: from its components to the end of its last tunnel.
///
/// Thread: constructed and run on one thread, which becomes the control shard's.
class Instance {
 public:
  Instance(Platform& platform, config::Configuration configuration);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Makes the components, which `catalog` brings. Pure; what is wrong goes to `problems`.
  void create(const config::ComponentCatalog& catalog, config::Problems& problems);

  /// Runs until it was asked to stop and has drained. Empty when all went well, else what prevented the start, a
  /// sentence each.
  std::vector<std::string> run(const RunOptions& options);

  /// The first call drains, the second stops at once. Any thread; legal before and during run().
  void request_stop() noexcept;

 private:
  awaitable<void> live(RunOptions options);
  awaitable<void> attempt(awaitable<void> step);
  awaitable<void> start(const RunOptions& options);
  awaitable<void> drain();
  awaitable<void> drain_generation(TimePoint deadline);
  awaitable<void> stop();
  awaitable<void> watch_signals();

  Platform& platform_;
  const config::RuntimeConfig runtime_;
  Shards shards_;
  MemoryBudget budget_;
  pipeline::TunnelQuota tunnels_;
  telemetry::HealthChecks health_;
  listener::ListenerRegistry listeners_;
  RetainedStates retained_;
  listener::FileWatches files_;
  Environment environment_;
  TelemetryListeners telemetry_;
  Generation generation_;
  TaskGroup tasks_;
  telemetry::HealthChecks::Registration leaving_;  // from the order to stop on: not ready
  Event asked_once_;
  Event asked_twice_;
  std::vector<std::string> failures_;
};

}  // namespace konduit::runtime
