#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/component_catalog.hpp"
#include "config/inventory.hpp"
#include "config/problem.hpp"
#include "konduit/config.hpp"
#include "konduit/dial.hpp"
#include "konduit/log.hpp"
#include "konduit/plugin.hpp"

/// The document as data. Two phases, because the plugins that it names bring the schemas of the rest:
///
///   Problems problems;
///   auto document = read_file(path, problems);                       // or a tree made from flags
///   auto plugins = read_plugins(*document, problems);                // then load them
///   auto configuration = configure(*document, catalog, &urls, problems);
///   if (!problems.empty()) std::cerr << problems.text();
///
/// Every function reports all that it finds and goes on as far as it can. Thread: any, one at a time.
namespace konduit::config {

struct ComponentConfig {
  ComponentKind kind;
  std::string id;                          ///< "type/name"
  std::string type;                        ///< What stands before the slash.
  Node node;                               ///< Validated against the descriptor's schema: every field is there.
  std::vector<ComponentKey> dependencies;  ///< What its reference fields name, each once, in document order.
  const ComponentDescriptor* descriptor;
};

struct PipelineConfig {
  std::string name;
  std::vector<std::string> frontends;  ///< At least one.
  std::vector<std::string> filters;    ///< In the order in which they judge a dial.
  std::string backend;
  Mark mark;
};

struct RuntimeConfig {
  unsigned shards = 1;
  Duration busy_poll = std::chrono::microseconds(500);  ///< Before a shard sleeps; 0: never.
  std::uint64_t memory_budget = 512ull * 1024 * 1024;   ///< Bytes under way in all tunnels.
  std::uint64_t max_tunnels = 16 * 1024;                ///< Open at once, dials under way included.
  std::uint64_t max_tunnels_per_peer = 0;               ///< Of one client of a frontend; 0: no limit of its own.
  Duration drain_timeout = std::chrono::seconds(25);
  Duration half_closed_grace = std::chrono::seconds(5);
  Duration half_closed_timeout = std::chrono::hours(1);
  Duration idle_timeout{};           ///< 0: never.
  std::size_t old_generations = 32;  ///< Replaced documents whose tunnels still run.
  Duration old_generation_age = std::chrono::hours(4);
};

enum class LogFormat : std::uint8_t { text, json };

using LabelPair = std::pair<std::string, std::string>;

/// A metric under another name.
struct ExportConfig {
  struct Source {
    std::string family;
    std::vector<LabelPair> where;
    std::vector<LabelPair> keep;  ///< Name in the source, new name.
    std::vector<LabelPair> set;
  };

  std::string name;
  std::string type;  ///< counter, gauge or histogram.
  std::string help;
  std::vector<Source> from;
};

struct TelemetryConfig {
  Node admin;   ///< {listen: {url, tls, ...}, metrics: serve | redirect, profiling}, or null: no such listener.
  Node health;  ///< Likewise, with {style: plain | verbose}.
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  std::string log_file;                       ///< Empty: standard error.
  LogLevel log_stderr_level = LogLevel::off;  ///< What goes there as well, if there is a file.
  std::vector<ExportConfig> exports;
};

struct PluginFile {
  std::string path;
  std::string sha256;  ///< 64 hexadecimal digits in lower case; empty: not checked.
  Mark mark;
};

struct PluginsConfig {
  std::vector<std::string> search;  ///< Folders whose plugins are loaded.
  std::vector<PluginFile> load;     ///< Single ones besides.
  bool own = true;                  ///< `search` is not given: the program's own folder.
};

/// A dial that `konduit test` rehearses.
struct DialTest {
  std::string name;
  std::string frontend;
  Target target;
  std::string identity;
  std::string from;
  std::vector<asio::ip::address> resolves;
  std::string expect;  ///< A backend's id, or how the dial fails.
  std::string says;
  Node where;
};

struct Configuration {
  std::vector<ComponentConfig> components;  ///< Each after all that it depends on.
  std::vector<PipelineConfig> pipelines;
  RuntimeConfig runtime;
  TelemetryConfig telemetry;
  std::vector<DialTest> tests;
  Node document;  ///< All of it with every default filled in; secrets are marked. emit() prints it.

  // Null if there is none.
  const ComponentConfig* find(ComponentKind kind, std::string_view id) const noexcept;
  const PipelineConfig* find_pipeline(std::string_view name) const noexcept;
  /// The only one that has the frontend.
  const PipelineConfig* pipeline_of(std::string_view frontend) const noexcept;
};

/// Parses and substitutes. Empty if it is not a document at all; other errors are only in `problems`.
std::optional<Node> read_text(std::string_view text, std::string file, Problems& problems);
/// The same for a file; "-" is standard input.
std::optional<Node> read_file(const std::filesystem::path& path, Problems& problems);

/// The `plugins` section, which must be known before there is a catalog.
PluginsConfig read_plugins(const Node& document, Problems& problems);

/// Checks everything against the layout and the components' schemas. Empty if there is any error. `urls` may be null:
/// then endpoints are checked only for a known scheme. What a component reports from its constructor comes later and
/// goes into the same `problems`.
std::optional<Configuration> configure(const Node& document, const ComponentCatalog& catalog, const UrlCheck* urls,
                                       Problems& problems);

/// "frontends" for ComponentKind::frontend: where a kind stands in the document; empty for transports, which are not
/// configured.
std::string_view section_of(ComponentKind kind) noexcept;

}  // namespace konduit::config
