#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "konduit/event.hpp"
#include "konduit/task_group.hpp"
#include "runtime/environment.hpp"
#include "runtime/generation.hpp"

namespace konduit::runtime {

/// The generation that is in force, and the older ones whose tunnels still run. How many of these there may be, and how
/// old, is the document's `runtime.old_generations` and `runtime.old_generation_age`.
///
/// The order of its life: create() → prepare() → start() → replace() any number of times → drain() → stop(). One call
/// at a time. Thread: the control shard's.
class Generations {
 public:
  Generations(Environment& environment, config::Configuration first);
  ~Generations();
  Generations(const Generations&) = delete;
  Generations& operator=(const Generations&) = delete;

  // Of the one in force.
  const config::Configuration& configuration() const noexcept { return current_->configuration(); }
  std::vector<BoundListener> listeners() const { return current_->listeners(); }

  // As Generation's, for the first one.
  void create(const config::ComponentCatalog& catalog, config::Problems& problems) {
    current_->create(catalog, problems);
  }
  awaitable<std::vector<std::string>> prepare() { return current_->prepare(); }
  awaitable<std::vector<std::string>> start() { return current_->start(); }

  /// Puts another document in force. Where that fails nothing has changed, and what prevented it is returned, a
  /// sentence each. Waits while there are too many older generations.
  awaitable<std::vector<std::string>> replace(config::Configuration configuration,
                                              const config::ComponentCatalog& catalog);

  /// From now on replace() waits for nothing. Any state.
  void hurry();
  /// As Generation's, for all of them.
  awaitable<void> drain(TimePoint deadline);
  awaitable<void> stop();

 private:
  struct Departure;

  awaitable<void> wait_for_room();
  awaitable<void> wait_until_ready(const Generation& next);
  awaitable<void> wait_for_departures(TimePoint deadline);
  void let_go(std::unique_ptr<Generation> older);
  static awaitable<void> depart(Generations* self, std::list<Departure>::iterator departure, TimePoint deadline);
  void count() noexcept;

  Environment& environment_;
  Logger& log_;
  const std::shared_ptr<Metrics> metrics_;  // as MetricsRegistry::component() gives them
  Gauge& alive_;
  std::unique_ptr<Generation> current_;
  std::list<Departure> departures_;  // oldest first
  TaskGroup tasks_;
  Event departed_;
  bool hurried_ = false;
};

}  // namespace konduit::runtime
