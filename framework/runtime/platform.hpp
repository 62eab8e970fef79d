#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "listener/transports.hpp"
#include "loader/plugin_loader.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace konduit::runtime {

/// What a process has once, whatever it runs: loaded plugins, their transports, the log and the metrics.
/// Thread: filled by one at start-up, read by all afterwards.
class Platform {
 public:
  /// `version` is the program's. The metrics tell it, and what the process takes of the system.
  explicit Platform(std::string_view version);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  /// Loads what the document names, or the program's own plugins where it names none. All that was refused is returned,
  /// a sentence each; then nothing may be started.
  std::vector<std::string> load(const config::PluginsConfig& plugins);

  /// Where the log goes from now on: before any Instance is made. Throws StartError.
  void open_log(const telemetry::LogSettings& settings);

  /// Checks a document against what is loaded. Pure.
  std::optional<config::Configuration> configure(const config::Node& document, config::Problems& problems) const;

  const loader::PluginLoader& plugins() const noexcept { return loader_; }
  const listener::Transports& transports() const noexcept { return transports_; }
  telemetry::LogOutput& log() noexcept { return *log_; }
  telemetry::MetricsRegistry& metrics() noexcept { return metrics_; }

 private:
  class TransportHost;
  void make_transports(std::vector<std::string>& errors);

  std::unique_ptr<telemetry::LogOutput> log_;
  telemetry::MetricsRegistry metrics_;
  loader::PluginLoader loader_;
  std::vector<std::unique_ptr<TransportHost>> hosts_;
  listener::Transports transports_;
};

}  // namespace konduit::runtime
