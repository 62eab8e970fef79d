#include "config/telemetry_layout.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace konduit::config {
namespace {

LogLevel level_named(std::string_view name) {
  constexpr std::string_view kNames[] = {"trace", "debug", "info", "warning", "error", "off"};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<LogLevel>(i);
  }
  return LogLevel::info;
}

std::vector<LabelPair> label_pairs(const Node& list) {
  std::vector<LabelPair> pairs;
  for (const std::string& text : list.texts()) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    pairs.emplace_back(name, equals == std::string::npos ? name : text.substr(equals + 1));
  }
  return pairs;
}

std::vector<ExportConfig> exports_of(const Node& list) {
  std::vector<ExportConfig> exports;
  for (const Node& node : list.items()) {
    ExportConfig made{node["name"].text(), node["type"].text(), node["help"].text(), {}};
    for (const Node& from : node["from"].items()) {
      made.from.push_back(
          {from["family"].text(), label_pairs(from["where"]), label_pairs(from["keep"]), label_pairs(from["set"])});
    }
    exports.push_back(std::move(made));
  }
  return exports;
}

}  // namespace

TelemetryConfig telemetry_of(const Node& node) {
  const Node& log = node["log"];
  return {.admin = node["admin"],
          .health = node["health"],
          .log_level = level_named(log["level"].text()),
          .log_format = log["format"].text() == "json" ? LogFormat::json : LogFormat::text,
          .log_file = log["file"].text(),
          .log_stderr_level = level_named(log["stderr_level"].text()),
          .exports = exports_of(node["exports"])};
}

}  // namespace konduit::config
