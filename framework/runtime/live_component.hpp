#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "konduit/backend.hpp"
#include "konduit/component.hpp"
#include "konduit/event.hpp"
#include "konduit/frontend.hpp"
#include "runtime/component_host.hpp"
#include "runtime/environment.hpp"

namespace konduit::runtime {

class LiveComponent;

/// Keeps a component from its end: whoever refers to it holds one.
struct UseEnd {
  void operator()(LiveComponent* component) const noexcept;
};
using ComponentUse = std::unique_ptr<LiveComponent, UseEnd>;

/// A component with its host and its parts on every shard.
///
/// Thread: the control shard's; what is given a shard is called on that shard's. REQUIRES: not in use, and detached
/// from every shard, when it is destroyed.
class LiveComponent {
 public:
  /// `references` are what the configuration names as its dependencies.
  LiveComponent(Environment& environment, const config::ComponentConfig& config, std::vector<ComponentUse> references);
  ~LiveComponent();
  LiveComponent(const LiveComponent&) = delete;
  LiveComponent& operator=(const LiveComponent&) = delete;

  const config::ComponentConfig& config() const noexcept { return config_; }
  bool is(ComponentKind kind, std::string_view id) const noexcept { return config_.kind == kind && config_.id == id; }
  bool is_frontend() const noexcept { return config_.kind == ComponentKind::frontend; }
  ComponentHost& host() noexcept { return host_; }

  ComponentUse use() noexcept;
  /// Completes when nobody uses it.
  awaitable<void> unused();

  /// Makes the component. Pure; what it reports goes to `problems`.
  void create(config::Problems& problems, std::string_view plugin);
  /// Throws what the component throws.
  awaitable<void> prepare() { return component_->prepare(); }

  /// Makes the part. `dialer` is a frontend's pipeline, and null for every other kind.
  void attach(Shard& shard, Dialer* dialer);
  /// Lets another part stand in for its own, which is never made.
  void attach(Shard& shard, std::unique_ptr<Part> stand_in);
  /// REQUIRES: attached.
  Part& part(const Shard& shard) const noexcept;
  BackendPart& backend_part(const Shard& shard) const noexcept { return static_cast<BackendPart&>(part(shard)); }

  awaitable<void> start(Shard& shard);
  /// Legal where it was never attached, as are stop() and detach(). What a part fails in is logged: it must not keep
  /// the others from their end.
  awaitable<void> drain(Shard& shard, TimePoint deadline);
  awaitable<void> stop(Shard& shard);
  void detach(Shard& shard) noexcept;

 private:
  friend struct UseEnd;
  class PartAttachment;

  std::unique_ptr<Part> make_part(Attachment& attachment, Dialer* dialer);
  LiveComponent& reference(ComponentKind kind, std::string_view id) const;
  void report(std::string_view what, const std::exception& error);

  const config::ComponentConfig config_;
  Logger& log_;
  const std::vector<ComponentUse> references_;
  ComponentHost host_;
  std::unique_ptr<Component> component_;
  std::vector<std::unique_ptr<Part>> parts_;  // by shard; each is its shard's
  std::size_t uses_ = 0;
  Event unused_;
};

}  // namespace konduit::runtime
