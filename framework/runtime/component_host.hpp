#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "konduit/component.hpp"
#include "konduit/connection.hpp"
#include "listener/connector.hpp"
#include "runtime/environment.hpp"
#include "runtime/ready_file.hpp"

namespace konduit::runtime {

/// The core as one component sees it. Made for one component of one generation.
class ComponentHost final : public Host {
 public:
  ComponentHost(Environment& environment, std::string id, listener::BackendFinder find_backend);
  ~ComponentHost();

  /// Where report() goes; null outside of create().
  void collect(config::Problems* problems, std::string_view plugin) noexcept;

  /// Adds what the component listens on.
  void append_listeners(std::vector<BoundListener>& all) const;

  /// All its readiness checks are content.
  bool ready() const;
  /// From now on nobody is told whether it is ready.
  void withdraw_readiness() noexcept { checks_.clear(); }

  const std::string& id() const noexcept override { return id_; }
  Logger& log() noexcept override { return log_; }
  Metrics& metrics() noexcept override { return *metrics_; }
  std::span<Shard* const> shards() const noexcept override { return environment_.shards; }
  void report(const config::Node& where, std::string what) override;
  void add_readiness(std::string name, std::function<HealthState()> check) override;
  std::shared_ptr<Listener> listen(const config::Node& endpoint, const ListenSettings& settings) override;
  std::shared_ptr<Connector> connector(const ConnectorSettings& settings) override;
  std::shared_ptr<void> retained(std::string_view key, std::shared_ptr<void> (*make)(Host&)) override;
  MemoryBudget& budget() noexcept override { return environment_.budget; }
  void watch_files(std::vector<std::string> files, std::function<void()> reload) override;

 private:
  Environment& environment_;
  const std::string id_;
  const listener::BackendFinder find_backend_;
  Logger& log_;
  const std::shared_ptr<Metrics> metrics_;  // shared with the accept loops of the component's listeners
  config::Problems* problems_ = nullptr;
  std::string_view plugin_;
  struct ReadinessCheck {
    std::function<HealthState()> check;
    telemetry::HealthChecks::Registration registration;
  };
  std::vector<ReadinessCheck> checks_;
  std::vector<listener::FileWatches::WatchPtr> watches_;
  std::vector<std::weak_ptr<const Listener>> listeners_;  // owned by the component
};

}  // namespace konduit::runtime
