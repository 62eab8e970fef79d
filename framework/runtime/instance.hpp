#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "konduit/event.hpp"
#include "konduit/task_group.hpp"
#include "runtime/environment.hpp"
#include "runtime/generations.hpp"
#include "runtime/platform.hpp"
#include "runtime/rehearsal.hpp"
#include "runtime/reload.hpp"
#include "runtime/shards.hpp"
#include "runtime/telemetry_listeners.hpp"

namespace konduit::runtime {

struct RunOptions {
  std::string ready_file;      ///< Written when everything is up; empty: none.
  bool handle_signals = true;  ///< SIGTERM and SIGINT end the run as request_stop() does, SIGHUP reloads
                               ///< and opens the log file again.
  DocumentSource source = {};  ///< What a reload reads.
};

/// A document at work, and those that take its place: from the first components to the end of the last tunnel.
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

  /// Loads files and binds addresses, as the start of run() does, and lets go of them again. What failed, a sentence
  /// each. Instead of run().
  std::vector<std::string> provision();

  /// How many tests the document has.
  std::size_t tests() const noexcept { return generations_.configuration().tests.size(); }
  /// Rehearses the document's tests. How many dials came otherwise than expected; `problems` says which. Empty where
  /// none could be tried, and `problems` says why. Instead of create() and run().
  std::optional<std::size_t> rehearse(const config::ComponentCatalog& catalog, config::Problems& problems);

  /// The first call drains, the second stops at once. Any thread; legal before and during run().
  void request_stop() noexcept;
  /// Reads the document again. Any thread; before run() there is nothing to do.
  void request_reload() noexcept;

 private:
  awaitable<void> live(RunOptions options);
  awaitable<void> try_out();
  awaitable<void> rehearse(Rehearsal& rehearsal, config::Problems& problems, std::optional<std::size_t>& otherwise);
  awaitable<void> attempt(awaitable<void> step);
  awaitable<void> prepare();
  awaitable<void> start(const RunOptions& options);
  void tell_listeners(const std::string& ready_file);
  awaitable<void> drain();
  awaitable<void> stop();
  awaitable<void> settle();
  awaitable<void> unless_hurried(awaitable<void> ending);
  awaitable<void> cut_short(TaskGroup* ending);
  awaitable<void> watch_signals();
  void reopen_log();

  Platform& platform_;
  Shards shards_;
  MemoryBudget budget_;
  pipeline::TunnelQuota tunnels_;
  telemetry::HealthChecks health_;
  listener::ListenerRegistry listeners_;
  RetainedStates retained_;
  listener::FileWatches files_;
  Environment environment_;
  TelemetryListeners telemetry_;
  Generations generations_;
  std::unique_ptr<Reload> reload_;  // while it runs
  TaskGroup tasks_;
  telemetry::HealthChecks::Registration leaving_;  // from the order to stop on: not ready
  Event asked_once_;
  Event asked_twice_;
  TimePoint drained_by_{};  // from the order to stop on
  std::vector<std::string> failures_;
};

}  // namespace konduit::runtime
