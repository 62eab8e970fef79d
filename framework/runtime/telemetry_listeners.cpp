#include "runtime/telemetry_listeners.hpp"

#include <utility>

#include "konduit/error.hpp"
#include "telemetry/profiling_routes.hpp"
#include "telemetry/routes.hpp"

namespace konduit::runtime {

struct TelemetryListeners::Server {
  Server(Shard& shard, std::string its_id, config::Node its_endpoint, telemetry::Router its_router)
      : id(std::move(its_id)), endpoint(std::move(its_endpoint)), router(std::move(its_router)), http(shard, router) {}

  std::string id;
  config::Node endpoint;
  telemetry::Router router;
  telemetry::HttpServer http;
  std::shared_ptr<Listener> listener;  // shared with the registry's accept loops
};

namespace {

prometheus::MetricType type_of(const std::string& name) {
  if (name == "gauge") return prometheus::MetricType::Gauge;
  return name == "histogram" ? prometheus::MetricType::Histogram : prometheus::MetricType::Counter;
}

telemetry::ExportedFamily exported(const config::ExportConfig& wanted) {
  telemetry::ExportedFamily family{wanted.name, wanted.help, type_of(wanted.type), {}};
  for (const auto& from : wanted.from) family.sources.push_back({from.family, from.where, from.keep, from.set});
  return family;
}

std::string port_of(const Listener& listener) { return listener.url().substr(listener.url().rfind(':') + 1); }

}  // namespace

TelemetryListeners::TelemetryListeners(Environment& environment, const config::TelemetryConfig& config)
    : environment_(environment), ping_(environment.health.add("ping", [] { return HealthState{}; })) {
  for (const auto& wanted : config.exports) environment.metrics.add_family(exported(wanted));
  if (config.health) {
    const auto style =
        config.health["style"].text() == "plain" ? telemetry::HealthStyle::plain : telemetry::HealthStyle::verbose;
    telemetry::Router router;
    telemetry::add_health_routes(router, environment.health, style);
    telemetry::add_metrics_route(router, environment.metrics);
    add("telemetry/health", config.health, std::move(router));
  }
  if (config.admin) {
    telemetry::Router router;
    if (config.health && config.admin["metrics"].text() == "redirect") {
      telemetry::add_metrics_redirect(router, [health = servers_.front().get()] { return port_of(*health->listener); });
    } else {
      telemetry::add_metrics_route(router, environment.metrics);
    }
    if (config.admin["profiling"] && config.admin["profiling"].boolean()) {
      profiler_ = std::make_unique<telemetry::CpuProfiler>();
      telemetry::add_profiling_routes(router, *profiler_, environment.control());
    }
    add("telemetry/admin", config.admin, std::move(router));
  }
}

TelemetryListeners::~TelemetryListeners() = default;

void TelemetryListeners::add(std::string id, const config::Node& node, telemetry::Router router) {
  servers_.push_back(
      std::make_unique<Server>(environment_.control(), std::move(id), node["listen"], std::move(router)));
}

void TelemetryListeners::prepare(std::vector<std::string>& failures) {
  for (auto& server : servers_) {
    try {
      server->listener = environment_.listeners.take(server->endpoint, {.alpn = {"http/1.1"}},
                                                     {server->id, environment_.log.logger(server->id),
                                                      environment_.metrics.component(server->id), &environment_.files});
    } catch (const StartError& error) {
      const config::Node& node = server->endpoint;
      failures.push_back(config::Problem{.mark = node.mark(), .path = node.path(), .what = error.what()}.text());
    }
  }
}

void TelemetryListeners::append_listeners(std::vector<BoundListener>& all) const {
  for (const auto& server : servers_) all.push_back({server->id, server->listener->url()});
}

void TelemetryListeners::start() {
  for (auto& server : servers_) server->http.start(server->listener);
}

awaitable<void> TelemetryListeners::stop() {
  for (auto& server : servers_) co_await server->http.stop();
}

}  // namespace konduit::runtime
