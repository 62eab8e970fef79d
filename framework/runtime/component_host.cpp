#include "runtime/component_host.hpp"

#include <algorithm>
#include <exception>
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

void ComponentHost::append_listeners(std::vector<BoundListener>& all) const {
  for (const auto& known : listeners_) {
    if (const auto listener = known.lock()) all.push_back({id_, listener->url()});
  }
}

bool ComponentHost::ready() const {
  try {
    return std::ranges::all_of(checks_, [](const ReadinessCheck& known) { return known.check().ready; });
  } catch (const std::exception&) {
    return false;
  }
}

void ComponentHost::report(const config::Node& where, std::string what) {
  if (!problems_) throw StartError(where.path() + ": " + what);
  problems_->error(where, std::move(what), plugin_);
}

void ComponentHost::add_readiness(std::string name, std::function<HealthState()> check) {
  auto registration = environment_.health.add(std::move(name), check);
  checks_.push_back({std::move(check), std::move(registration)});
}

std::shared_ptr<Listener> ComponentHost::listen(const config::Node& endpoint, const ListenSettings& settings) {
  auto listener = environment_.listeners.take(endpoint, settings, {id_, log_, metrics_, &environment_.files});
  listeners_.push_back(listener);
  return listener;
}

std::shared_ptr<Connector> ComponentHost::connector(const ConnectorSettings& settings) {
  const listener::FileUser user{environment_.files, log_, metrics_};
  return std::make_shared<listener::ManagedConnector>(environment_.transports, settings, find_backend_, id_, &user);
}

std::shared_ptr<void> ComponentHost::retained(std::string_view key, std::shared_ptr<void> (*make)(Host&)) {
  return environment_.retained.obtain(id_, key, make);
}

void ComponentHost::watch_files(std::vector<std::string> files, std::function<void()> reload) {
  watches_.push_back(environment_.files.add(FileStamps(std::move(files)), std::move(reload), log_, metrics_));
}

}  // namespace konduit::runtime
