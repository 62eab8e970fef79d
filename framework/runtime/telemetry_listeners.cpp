#include "runtime/telemetry_listeners.hpp"

#include <utility>

#include "konduit/error.hpp"
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

TelemetryListeners::TelemetryListeners(Environment& environment, const config::TelemetryConfig& config)
    : environment_(environment), ping_(environment.health.add("ping", [] { return HealthState{}; })) {
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
    telemetry::add_metrics_route(router, environment.metrics);
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
      server->listener = environment_.listeners.take(
          server->endpoint, {.alpn = {"http/1.1"}},
          {server->id, environment_.log.logger(server->id), environment_.metrics.component(server->id)});
    } catch (const StartError& error) {
      const config::Node& node = server->endpoint;
      failures.push_back(config::Problem{.mark = node.mark(), .path = node.path(), .what = error.what()}.text());
    }
  }
}

void TelemetryListeners::start() {
  for (auto& server : servers_) server->http.start(server->listener);
}

awaitable<void> TelemetryListeners::stop() {
  for (auto& server : servers_) co_await server->http.stop();
}

}  // namespace konduit::runtime
