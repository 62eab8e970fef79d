#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "runtime/environment.hpp"
#include "runtime/ready_file.hpp"
#include "telemetry/cpu_profiler.hpp"
#include "telemetry/health.hpp"
#include "telemetry/http_server.hpp"
#include "telemetry/router.hpp"

namespace konduit::runtime {

/// The health and admin listeners that a document asks for, and the readiness check that says that they are served.
/// They are bound with all others and served once everything has started, so that nobody is told of readiness before,
/// and until the last tunnel has ended, so that a drain can be watched. Thread: the control shard's.
class TelemetryListeners {
 public:
  TelemetryListeners(Environment& environment, const config::TelemetryConfig& config);
  ~TelemetryListeners();

  /// Binds; adds a sentence to `failures` for each listener that cannot be.
  void prepare(std::vector<std::string>& failures);
  void start();
  /// Adds the addresses. REQUIRES: prepare() went well.
  void append_listeners(std::vector<BoundListener>& all) const;
  /// Legal after any of them.
  awaitable<void> stop();

 private:
  struct Server;
  void add(std::string id, const config::Node& node, telemetry::Router router);

  Environment& environment_;
  telemetry::HealthChecks::Registration ping_;
  std::unique_ptr<telemetry::CpuProfiler> profiler_;  // null unless the document asks for it
  std::vector<std::unique_ptr<Server>> servers_;
};

}  // namespace konduit::runtime
