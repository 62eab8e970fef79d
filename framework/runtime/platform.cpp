#include "runtime/platform.hpp"

#include <utility>

#include "konduit/transport.hpp"
#include "runtime/limited_host.hpp"
#include "telemetry/process_metrics.hpp"

namespace konduit::runtime {

/// A transport is one stateless object for all shards, so all it gets is a place for its log and its numbers.
class Platform::TransportHost final : public LimitedHost {
 public:
  TransportHost(Platform& platform, const std::string& id)
      : LimitedHost(id, platform.metrics_.component(id)), platform_(platform) {}

  // Asked anew each time: the log is opened after the transports were made.
  Logger& log() noexcept override { return platform_.log().logger(id()); }
  std::span<Shard* const> shards() const noexcept override { return {}; }
  MemoryBudget& budget() noexcept override { return no_budget_; }

 private:
  Platform& platform_;
  MemoryBudget no_budget_{0, 1, {}};
};

Platform::Platform(std::string_view version) : log_(std::make_unique<telemetry::LogOutput>(telemetry::LogSettings{})) {
  metrics_.add_source(telemetry::append_process_metrics);
  metrics_.add_source([this](std::vector<prometheus::MetricFamily>& out) {
    prometheus::MetricFamily lost{"konduit_log_lines_lost_total", "Lines of the log that could not be written.",
                                  prometheus::MetricType::Counter, std::vector<prometheus::ClientMetric>(1)};
    lost.metric[0].counter.value = static_cast<double>(log_->lost());
    out.push_back(std::move(lost));
  });
  telemetry::add_build_info(metrics_, version);
}

Platform::~Platform() = default;

std::vector<std::string> Platform::load(const config::PluginsConfig& plugins) {
  if (plugins.search.empty() && plugins.own) loader_.search(loader::default_plugin_folder());
  for (const auto& folder : plugins.search) loader_.search(folder);
  for (const auto& file : plugins.load) loader_.load(file.path, file.sha256);
  std::vector<std::string> errors;
  for (const auto& error : loader_.errors()) errors.push_back(error.text());
  if (errors.empty()) make_transports(errors);
  return errors;
}

void Platform::make_transports(std::vector<std::string>& errors) {
  static const config::Node no_configuration;
  for (const auto scheme : loader_.types(ComponentKind::transport)) {
    const auto* descriptor = loader_.find(ComponentKind::transport, scheme);
    auto host = std::make_unique<TransportHost>(*this, "transport/" + std::string(scheme));
    Component* transport = descriptor->create(no_configuration, *host, &errors, [](void* context, const char* text) {
      static_cast<std::vector<std::string>*>(context)->emplace_back(text);
    });
    if (!transport) continue;
    transports_.add(std::string(scheme), std::unique_ptr<Transport>(static_cast<Transport*>(transport)));
    hosts_.push_back(std::move(host));
  }
}

void Platform::open_log(const telemetry::LogSettings& settings) {
  log_ = std::make_unique<telemetry::LogOutput>(settings);
}

std::optional<config::Configuration> Platform::configure(const config::Node& document,
                                                         config::Problems& problems) const {
  return config::configure(document, loader_, &transports_, problems);
}

}  // namespace konduit::runtime
