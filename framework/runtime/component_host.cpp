#include "runtime/component_host.hpp"

#include <utility>

namespace konduit::runtime {

ComponentHost::ComponentHost(Environment& environment, std::string id, listener::BackendFinder find_backend)
    : environment_(environment),
      id_(std::move(id)),
      find_backend_(std::move(find_backend)),
      log_(environment.log.logger(id_)),
      metrics_(environment.metrics.component(id_)) {}

ComponentHost::~ComponentHost() = default;

void ComponentHost::collect(config::Problems* problems, std::string_view plugin) noexcept {
  problems_ = problems;
  plugin_ = plugin;
}

void ComponentHost::report(const config::Node& where, std::string what) {
  if (!problems_) throw StartError(where.path() + ": " + what);
  problems_->error(where, std::move(what), plugin_);
}

void ComponentHost::add_readiness(std::string name, std::function<HealthState()> check) {
  checks_.push_back(environment_.health.add(std::move(name), std::move(check)));
}

std::shared_ptr<Listener> ComponentHost::listen(const config::Node& endpoint, const ListenSettings& settings) {
  return environment_.listeners.take(endpoint, settings, {id_, log_, metrics_});
}

std::shared_ptr<Connector> ComponentHost::connector(const ConnectorSettings& settings) {
  return std::make_shared<listener::ManagedConnector>(environment_.transports, settings, find_backend_, id_);
}

std::shared_ptr<void> ComponentHost::retained(std::string_view key, std::shared_ptr<void> (*make)(Host&)) {
  return environment_.retained.obtain(id_, key, make);
}

}  // namespace konduit::runtime
