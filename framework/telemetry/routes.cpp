#include "telemetry/routes.hpp"

#include <string_view>
#include <utility>

namespace konduit::telemetry {
namespace {

/// What is said of a host in a Host field, without what could break out of a header or a page.
std::string host_of(std::string_view field) {
  const std::size_t bracket = field.rfind(']');
  const std::size_t colon = field.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string host(field.substr(0, colon));
  std::erase_if(host, [](char c) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return !plain && std::string_view(".-_[]:").find(c) == std::string_view::npos;
  });
  return host;
}

}  // namespace

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

void add_metrics_redirect(Router& router, std::function<std::string()> port) {
  router.add("/metrics", [port = std::move(port)](const HttpRequest& request) {
    const std::string location = "//" + host_of(request.host) + ":" + port() + "/metrics";
    return HttpResponse{.status = 301,
                        .body = "<a href=\"" + location + "\">Moved Permanently</a>.\n\n",
                        .content_type = "text/html; charset=utf-8",
                        .headers = {{"Location", location}}};
  });
}

void add_metrics_route(Router& router, const MetricsRegistry& registry) {
  router.add("/metrics", [&registry](const HttpRequest&) {
    return HttpResponse{.body = registry.scrape(), .content_type = "text/plain; version=0.0.4; charset=utf-8"};
  });
}

}  // namespace konduit::telemetry
