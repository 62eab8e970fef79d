#include "telemetry/routes.hpp"

namespace konduit::telemetry {

void add_health_routes(Router& router, const HealthChecks& checks, HealthStyle style) {
  const auto alive = [](const HttpRequest&) { return HttpResponse{.body = "ok"}; };
  const auto ready = [&checks, style](const HttpRequest& request) {
    const HealthReport report = checks.readiness();
    return HttpResponse{.status = report.status(style), .body = report.body(style, request.has("verbose"))};
  };
  router.add("/healthz", alive);
  router.add("/livez", alive);
  router.add("/readyz", ready);
  router.add("/ready", ready);
}

void add_metrics_route(Router& router, const MetricsRegistry& registry) {
  router.add("/metrics", [&registry](const HttpRequest&) {
    return HttpResponse{.body = registry.scrape(), .content_type = "text/plain; version=0.0.4; charset=utf-8"};
  });
}

}  // namespace konduit::telemetry
