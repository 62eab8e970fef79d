#include "document_commands.hpp"

#include <iostream>
#include <optional>

#include "config/changes.hpp"
#include "config/emitter.hpp"
#include "config/inventory.hpp"
#include "configured.hpp"
#include "console.hpp"
#include "exit_status.hpp"
#include "report/changes_text.hpp"
#include "report/graph.hpp"
#include "report/graph_svg.hpp"
#include "report/graph_text.hpp"
#include "report/json_schema.hpp"
#include "report/reference.hpp"
#include "runtime/platform.hpp"

namespace konduit::app {
namespace {

/// Reads and checks a document with the plugins that it names. Empty where that fails: why is printed.
std::optional<config::Configuration> configured(runtime::Platform& platform, const std::string& file) {
  config::Problems problems;
  std::vector<std::string> refused;
  auto configuration = app::configured(platform, config::read_file(file, problems), problems, refused);
  print(problems);
  print(refused);
  return problems.ok() ? std::move(configuration) : std::nullopt;
}

}  // namespace

int graph(const std::string& file, GraphFormat format) {
  runtime::Platform platform(KONDUIT_VERSION);
  const auto configuration = configured(platform, file);
  if (!configuration) return kConfiguration;
  const auto drawn = report::graph_of(*configuration);
  switch (format) {
    case GraphFormat::mermaid: std::cout << report::mermaid(drawn); break;
    case GraphFormat::dot: std::cout << report::dot(drawn); break;
    case GraphFormat::svg: std::cout << report::svg(drawn); break;
  }
  return kOk;
}

int explain(const std::string& file) {
  runtime::Platform platform(KONDUIT_VERSION);
  const auto configuration = configured(platform, file);
  if (!configuration) return kConfiguration;
  std::cout << config::emit(configuration->document, {.origins = true});
  return kOk;
}

int diff(const std::string& older, const std::string& newer) {
  runtime::Platform platform(KONDUIT_VERSION);
  const auto before = configured(platform, older);
  const auto after = before ? configured(platform, newer) : std::nullopt;
  if (!after) return kConfiguration;
  const std::string lines = report::text(config::Changes(*before, *after));
  print_changes(lines);
  return lines.empty() ? kOk : kFailed;
}

int json_schema(const config::PluginsConfig& plugins) {
  runtime::Platform platform(KONDUIT_VERSION);
  const auto refused = platform.load(plugins);
  print(refused);
  std::cout << report::json_schema(platform.plugins());
  return refused.empty() ? kOk : kConfiguration;
}

int reference(const config::PluginsConfig& plugins, const std::string& type) {
  runtime::Platform platform(KONDUIT_VERSION);
  const auto refused = platform.load(plugins);
  print(refused);
  if (!refused.empty()) return kConfiguration;
  if (type.empty()) {
    std::cout << report::reference(platform.plugins());
    return kOk;
  }
  bool known = false;
  for (const auto kind : config::kComponentKinds) {
    const auto* component = platform.plugins().find(kind, type);
    if (component == nullptr) continue;
    std::cout << report::reference(*component, platform.plugins().plugin(kind, type));
    known = true;
  }
  if (known) return kOk;
  std::cerr << "konduit: no plugin brings a component of the type \"" << type
            << "\"; `konduit components` lists them\n";
  return kUsage;
}

}  // namespace konduit::app
