#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "konduit/component.hpp"
#include "runtime/environment.hpp"
#include "runtime/live_component.hpp"
#include "runtime/live_pipeline.hpp"

namespace konduit::runtime {

/// Everything that one document made: its components and the pipelines between them, on every shard.
///
/// The order of its life: create() → prepare() → start() → drain() → stop(). stop() is legal after any of them and
/// idempotent; it must have completed before destruction once prepare() has begun.
///
/// One that is to take the place of another keeps what is equal in both (config::Changes): it makes only the rest, and
/// take_over() leaves to the older what it alone has. Thread: the control shard's; parts are made, used and destroyed
/// on their own.
class Generation {
 public:
  /// `environment` outlives the generation, `older` lives until take_over() or the destruction of this one.
  Generation(Environment& environment, config::Configuration configuration, Generation* older = nullptr);
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  const config::Configuration& configuration() const noexcept { return configuration_; }

  /// Makes all components. Pure: whatever they report goes to `problems`, and nothing has happened if it did.
  void create(const config::ComponentCatalog& catalog, config::Problems& problems);
  /// Lets components load files and take sockets. All that failed is returned, a sentence each; nothing works yet.
  awaitable<std::vector<std::string>> prepare();
  /// Attaches and starts the parts: what serves before what accepts. What failed is returned.
  awaitable<std::vector<std::string>> start();
  /// What its components listen on.
  std::vector<BoundListener> listeners() const;
  /// All readiness checks of its components are content.
  bool ready() const;
  /// What the older generation has as well belongs to this one alone from now on, and the older is asked for its
  /// readiness no more. REQUIRES: start() went well.
  void take_over();
  /// Takes no new work, frontends first, and completes when all tunnels have ended or at `deadline`.
  awaitable<void> drain(TimePoint deadline);
  /// Ends everything at once; but for what tunnels of a generation that is older still go through: with their end.
  awaitable<void> stop();

 private:
  /// Shared by two generations from create() of the newer to its take_over() or its end.
  template <class T>
  struct Held {
    std::shared_ptr<T> it;
    bool own;  ///< Not the older generation's.
  };

  void make_component(const config::ComponentConfig& config, const config::ComponentCatalog& catalog,
                      config::Problems& problems);
  void make_pipeline(const config::PipelineConfig& config);
  std::shared_ptr<LiveComponent> find(ComponentKind kind, std::string_view id) const noexcept;
  std::shared_ptr<LivePipeline> find_pipeline(std::string_view name) const noexcept;

  awaitable<void> attach_on(Shard& shard);
  awaitable<void> start_on(Shard& shard);
  awaitable<void> drain_on(Shard& shard, TimePoint deadline);
  awaitable<void> stop_frontends_on(Shard& shard);
  void cut_on(Shard& shard);
  awaitable<void> stop_serving(LiveComponent& component);

  Environment& environment_;
  const config::Configuration configuration_;
  Generation* older_;                            // null once it was taken over
  std::vector<Held<LiveComponent>> components_;  // each after what it depends on
  std::vector<Held<LivePipeline>> pipelines_;
};

}  // namespace konduit::runtime
