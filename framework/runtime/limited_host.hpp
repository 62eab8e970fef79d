#pragma once

#include <functional>
#include <memory>
#include <string>

#include "konduit/component.hpp"

namespace konduit::runtime {

/// The core as seen by what belongs to no generation: it may log and count, and everything else throws StartError.
class LimitedHost : public Host {
 public:
  const std::string& id() const noexcept final { return id_; }
  Metrics& metrics() noexcept final { return *metrics_; }
  void report(const config::Node& where, std::string what) final;
  void add_readiness(std::string name, std::function<HealthState()> check) final;
  std::shared_ptr<Listener> listen(const config::Node& endpoint, const ListenSettings& settings) final;
  std::shared_ptr<Connector> connector(const ConnectorSettings& settings) final;
  std::shared_ptr<void> retained(std::string_view key, std::shared_ptr<void> (*make)(Host&)) final;
  void watch_files(std::vector<std::string> files, std::function<void()> reload) final;

 protected:
  LimitedHost(std::string id, std::shared_ptr<Metrics> metrics) : id_(std::move(id)), metrics_(std::move(metrics)) {}
  ~LimitedHost() = default;

 private:
  [[noreturn]] void refuse() const;

  const std::string id_;
  const std::shared_ptr<Metrics> metrics_;
};

}  // namespace konduit::runtime
