#pragma once

#include <functional>
#include <string>

#include "telemetry/health.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/router.hpp"

namespace konduit::telemetry {

/// /healthz and /livez ("ok" as long as somebody answers), /readyz and /ready (all checks). `checks` must outlive the
/// router.
void add_health_routes(Router& router, const HealthChecks& checks, HealthStyle style);

/// /metrics sends clients on to the same host's listener on `port`, which is asked with every request.
void add_metrics_redirect(Router& router, std::function<std::string()> port);

/// /metrics in Prometheus' text format, version 0.0.4. `registry` must outlive the router.
void add_metrics_route(Router& router, const MetricsRegistry& registry);

}  // namespace konduit::telemetry
