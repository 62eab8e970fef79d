#include "config/layout.hpp"

#include "config/dial_tests.hpp"
#include "config/telemetry_layout.hpp"

namespace konduit::config {
namespace {

constexpr Section kSections[] = {
    {ComponentKind::frontend, "frontends"},
    {ComponentKind::filter, "filters"},
    {ComponentKind::backend, "backends"},
    {ComponentKind::selector, "selectors"},
    {ComponentKind::authenticator, "authenticators"},
    {ComponentKind::discovery, "discovery"},
    {ComponentKind::registrar, "registrars"},
};

constexpr Field kPluginFile[] = {
    {.name = "path", .type = Type::path, .summary = "The shared library.", .required = true},
    {.name = "sha256", .type = Type::text, .summary = "What the file's content must hash to, in hexadecimal."},
};

constexpr Field kPlugins[] = {
    {.name = "search",
     .type = Type::list,
     .summary = "Folders all of whose plugins are loaded; by default the one that belongs to the program.",
     .element = Type::path},
    {.name = "load",
     .type = Type::list,
     .summary = "Single plugins besides.",
     .element = Type::object,
     .fields = kPluginFile,
     .field_count = std::size(kPluginFile)},
};

constexpr Field kPipeline[] = {
    {.name = "frontends",
     .type = Type::list,
     .summary = "Where dials come from.",
     .required = true,
     .detail = "frontend",
     .element = Type::reference},
    {.name = "filters",
     .type = Type::list,
     .summary = "What judges them, in this order.",
     .default_value = "[]",
     .detail = "filter",
     .element = Type::reference},
    {.name = "backend",
     .type = Type::reference,
     .summary = "What fulfils them.",
     .required = true,
     .detail = "backend"},
};

constexpr Field kRuntime[] = {
    {.name = "shards",
     .type = Type::integer,
     .summary = "Threads that carry traffic.",
     .default_value = "1",
     .detail = "1..256"},
    {.name = "busy_poll",
     .type = Type::duration,
     .summary =
         "How long a thread may look for work before it sleeps, while waits are as short as that; 0s: it sleeps at once.",
     .default_value = "500us",
     .detail = "0s..1ms"},
    {.name = "memory_budget",
     .type = Type::size,
     .summary = "Memory for bytes that are under way in all tunnels together.",
     .default_value = "512MiB"},
    {.name = "max_tunnels",
     .type = Type::integer,
     .summary = "Tunnels open at once; beyond, dials are refused as overload.",
     .default_value = "16384",
     .detail = "1..1000000"},
    {.name = "max_tunnels_per_peer",
     .type = Type::integer,
     .summary =
         "Tunnels open at once for one client (its identity, else the host that it connects from); 0: no limit of its own.",
     .default_value = "0",
     .detail = "0..1000000"},
    {.name = "drain_timeout",
     .type = Type::duration,
     .summary = "How long tunnels may go on after the order to stop.",
     .default_value = "25s",
     .detail = "0s.."},
    {.name = "half_closed_grace",
     .type = Type::duration,
     .summary = "Silence after which a tunnel is closed whose peer cannot be told of an end of stream.",
     .default_value = "5s",
     .detail = "0s.."},
    {.name = "half_closed_timeout",
     .type = Type::duration,
     .summary = "Silence after which a tunnel is closed one direction of which has ended; 0s: never.",
     .default_value = "1h",
     .detail = "0s.."},
    {.name = "idle_timeout",
     .type = Type::duration,
     .summary = "Silence after which any tunnel is closed; 0s: never.",
     .default_value = "0s",
     .detail = "0s.."},
    {.name = "old_generations",
     .type = Type::integer,
     .summary = "Documents that were replaced and whose tunnels still run; a further reload waits until one has ended.",
     .default_value = "32",
     .detail = "1..1000"},
    {.name = "old_generation_age",
     .type = Type::duration,
     .summary = "How long tunnels may go on under a document that was replaced.",
     .default_value = "4h",
     .detail = "1s.."},
};

constexpr Field kDocument[] = {
    {.name = "apiVersion",
     .type = Type::choice,
     .summary = "The version of this layout.",
     .required = true,
     .detail = "konduit/v1"},
    {.name = "plugins",
     .type = Type::object,
     .summary = "Where components come from.",
     .fields = kPlugins,
     .field_count = std::size(kPlugins)},
    {.name = "frontends", .type = Type::map, .summary = "What accepts dials, by type/name."},
    {.name = "filters", .type = Type::map, .summary = "What judges dials, by type/name."},
    {.name = "backends", .type = Type::map, .summary = "What fulfils dials, by type/name."},
    {.name = "selectors", .type = Type::map, .summary = "How an agent is picked, by type/name."},
    {.name = "authenticators", .type = Type::map, .summary = "Who a peer is, by type/name."},
    {.name = "discovery", .type = Type::map, .summary = "Where servers are, by type/name."},
    {.name = "registrars", .type = Type::map, .summary = "Where this server is made known, by type/name."},
    {.name = "pipelines",
     .type = Type::map,
     .summary = "From frontends through filters to a backend, by name.",
     .required = true,
     .element = Type::object,
     .fields = kPipeline,
     .field_count = std::size(kPipeline)},
    {.name = "tests",
     .type = Type::map,
     .summary = "Dials that `konduit test` rehearses, by any name.",
     .default_value = "{}",
     .element = Type::object,
     .fields = kDialTest,
     .field_count = std::size(kDialTest)},
    {.name = "telemetry",
     .type = Type::object,
     .summary = "Logs and what is served about the process itself.",
     .default_value = "{}",
     .fields = kTelemetry,
     .field_count = std::size(kTelemetry)},
    {.name = "runtime",
     .type = Type::object,
     .summary = "Threads and patience.",
     .default_value = "{}",
     .fields = kRuntime,
     .field_count = std::size(kRuntime)},
};

}  // namespace

const Schema kDocumentSchema{kDocument, std::size(kDocument)};

std::span<const Section> component_sections() noexcept { return kSections; }

std::string_view section_of(ComponentKind kind) noexcept {
  for (const Section& section : kSections) {
    if (section.kind == kind) return section.name;
  }
  return {};
}

RuntimeConfig runtime_of(const Node& node) {
  RuntimeConfig runtime;
  runtime.shards = static_cast<unsigned>(node["shards"].integer());
  runtime.busy_poll = node["busy_poll"].duration();
  runtime.memory_budget = node["memory_budget"].size();
  runtime.max_tunnels = static_cast<std::uint64_t>(node["max_tunnels"].integer());
  runtime.max_tunnels_per_peer = static_cast<std::uint64_t>(node["max_tunnels_per_peer"].integer());
  runtime.half_closed_timeout = node["half_closed_timeout"].duration();
  runtime.idle_timeout = node["idle_timeout"].duration();
  runtime.drain_timeout = node["drain_timeout"].duration();
  runtime.half_closed_grace = node["half_closed_grace"].duration();
  runtime.old_generations = static_cast<std::size_t>(node["old_generations"].integer());
  runtime.old_generation_age = node["old_generation_age"].duration();
  return runtime;
}

PluginsConfig plugins_of(const Node& node) {
  PluginsConfig plugins;
  plugins.search = node["search"].texts();
  plugins.own = !node["search"];
  for (const Node& file : node["load"].items()) {
    plugins.load.push_back({file["path"].text(), file["sha256"].text(), file.mark()});
  }
  return plugins;
}

std::vector<PipelineConfig> pipelines_of(const Node& node) {
  std::vector<PipelineConfig> pipelines;
  for (const Node::Entry& entry : node.entries()) {
    const Node& pipeline = entry.value;
    const Mark& mark = entry.key_mark.line > 0 ? entry.key_mark : pipeline.mark();
    pipelines.push_back(
        {entry.key, pipeline["frontends"].texts(), pipeline["filters"].texts(), pipeline["backend"].text(), mark});
  }
  return pipelines;
}

}  // namespace konduit::config
