#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "konduit/component.hpp"
#include "pipeline/pipeline.hpp"
#include "runtime/component_host.hpp"
#include "runtime/environment.hpp"

namespace konduit::runtime {

class ShardParts;

/// Everything that one document made: its components, their parts on every shard, and the pipelines between them.
///
/// The order of its life: create() → prepare() → start() → drain() → stop(). stop() is legal after any of them and
/// idempotent; it must have completed before destruction once prepare() has begun. Thread: the control shard's; parts
/// are made, used and destroyed on their own.
class Generation {
 public:
  /// `configuration` is copied where it is needed; `environment` outlives the generation.
  Generation(Environment& environment, config::Configuration configuration);
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  /// Makes all components. Pure: whatever they report goes to `problems`, and nothing has happened if it did.
  void create(const config::ComponentCatalog& catalog, config::Problems& problems);
  /// Lets components load files and take sockets. All that failed is returned, a sentence each; nothing works yet.
  awaitable<std::vector<std::string>> prepare();
  /// Attaches and starts the parts: what serves before what accepts. What failed is returned.
  awaitable<std::vector<std::string>> start();
  /// Takes no new work, frontends first, and completes when all tunnels have ended or at `deadline`.
  awaitable<void> drain(TimePoint deadline);
  /// Ends everything at once.
  awaitable<void> stop();

 private:
  struct Slot {
    const config::ComponentConfig* config;
    std::unique_ptr<ComponentHost> host;
    std::unique_ptr<Component> component;
  };
  friend class ShardParts;

  BackendPart& backend_on(Shard& shard, const std::string& id);
  bool in_a_pipeline(const config::ComponentConfig& component) const;
  std::unique_ptr<Component> make(Slot& slot, config::Problems& problems, std::string_view plugin);

  Environment& environment_;
  const config::Configuration configuration_;
  std::vector<Slot> slots_;                         // each after what it depends on
  std::vector<std::unique_ptr<ShardParts>> parts_;  // by shard
};

}  // namespace konduit::runtime
