#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "runtime/environment.hpp"

/// Components that tell what is done with them, and the surroundings that a generation needs.
namespace konduit::runtime::test {

/// What happened to the fake components, a line each: "fake/backend prepare", "fake/backend start 0" (on shard 0).
/// Any thread.
class Journal {
 public:
  void note(const std::string& line);
  std::vector<std::string> lines() const;
  bool has(const std::string& line) const;
  void clear();

  /// Called with every line, on the thread where it happened.
  std::function<void(const std::string& line)> when_noted;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// The only one, since factories of components are plain functions. Tests begin by clearing it.
Journal& journal();

/// Brings a filter, a backend and a frontend of type "fake". Their nodes may say `fails: STEP` (create, prepare,
/// attach, start, drain, stop) and `drains: late` (the part's drain lasts until its deadline).
class FakeCatalog final : public config::ComponentCatalog {
 public:
  const ComponentDescriptor* find(ComponentKind kind, std::string_view type) const override;
  std::vector<std::string_view> types(ComponentKind) const override { return {"fake"}; }
  std::string_view plugin(ComponentKind, std::string_view) const override { return "fakes"; }
};

/// What the node of a fake component says; empty: nothing.
struct Behaviour {
  std::string fails = {};
  std::string drains = {};
};

/// One pipeline with "fake/filter", "fake/backend" and "fake/frontend".
config::Configuration configuration(const Behaviour& filter = {}, const Behaviour& backend = {},
                                    const Behaviour& frontend = {});

/// What outlives generations.
struct World {
  explicit World(std::span<Shard* const> shards)
      : budget(1 << 20, 10, shards),
        tunnels(10, 0),
        listeners(transports, shards),
        retained(shards, log, metrics, budget),
        files(*shards.front()),
        environment{shards, budget, tunnels, transports, listeners, log, metrics, health, retained, files} {}

  MemoryBudget budget;
  pipeline::TunnelQuota tunnels;
  listener::Transports transports;
  listener::ListenerRegistry listeners;
  telemetry::LogOutput log{{.file = "/dev/null"}};
  telemetry::MetricsRegistry metrics;
  telemetry::HealthChecks health;
  RetainedStates retained;
  listener::FileWatches files;
  Environment environment;
};

}  // namespace konduit::runtime::test
