#pragma once

#include <iterator>

#include "config/layout.hpp"

/// The section `telemetry` of the document.
namespace konduit::config {

inline constexpr Field kListener[] = {
    {.name = "listen", .type = Type::listen, .summary = "Where it is served.", .required = true},
};

inline constexpr Field kAdmin[] = {
    kListener[0],
    {.name = "metrics",
     .type = Type::choice,
     .summary = "Metrics are served here, or their readers are sent on to the health listener.",
     .default_value = "serve",
     .detail = "serve|redirect"},
    {.name = "profiling",
     .type = Type::boolean,
     .summary = "CPU profiles are taken and served under /debug/pprof/.",
     .default_value = "false"},
};

inline constexpr Field kHealth[] = {
    kListener[0],
    {.name = "style",
     .type = Type::choice,
     .summary = "How readiness is told: one word and status 500, or a line for each check and status 503.",
     .default_value = "verbose",
     .detail = "plain|verbose"},
};

inline constexpr Field kLog[] = {
    {.name = "level",
     .type = Type::choice,
     .summary = "The least important messages that are written.",
     .default_value = "info",
     .detail = "trace|debug|info|warning|error|off"},
    {.name = "format",
     .type = Type::choice,
     .summary = "How a message looks.",
     .default_value = "text",
     .detail = "text|json"},
    {.name = "file",
     .type = Type::path,
     .summary = "Where messages are appended; opened anew on SIGHUP; standard error if not given."},
    {.name = "stderr_level",
     .type = Type::choice,
     .summary = "The least important messages that go to standard error as well, where there is a file.",
     .default_value = "off",
     .detail = "trace|debug|info|warning|error|off"},
};

inline constexpr Field kExportSource[] = {
    {.name = "family", .type = Type::text, .summary = "The metric that is summed.", .required = true},
    {.name = "where",
     .type = Type::list,
     .summary = "Only series with these labels, written label=value.",
     .default_value = "[]",
     .element = Type::text},
    {.name = "keep",
     .type = Type::list,
     .summary = "Labels that stay apart, written label or label=new-name.",
     .default_value = "[]",
     .element = Type::text},
    {.name = "set",
     .type = Type::list,
     .summary = "Labels that all get, written label=value.",
     .default_value = "[]",
     .element = Type::text},
};

inline constexpr Field kExport[] = {
    {.name = "name", .type = Type::text, .summary = "The name that others know.", .required = true},
    {.name = "type",
     .type = Type::choice,
     .summary = "What it is, and what its sources must be.",
     .required = true,
     .detail = "counter|gauge|histogram"},
    {.name = "help", .type = Type::text, .summary = "Its description.", .required = true},
    {.name = "from",
     .type = Type::list,
     .summary = "What it is the sum of.",
     .required = true,
     .element = Type::object,
     .fields = kExportSource,
     .field_count = std::size(kExportSource)},
};

inline constexpr Field kTelemetry[] = {
    {.name = "admin",
     .type = Type::object,
     .summary = "Metrics, for operators of this machine.",
     .fields = kAdmin,
     .field_count = std::size(kAdmin)},
    {.name = "health",
     .type = Type::object,
     .summary = "Liveness, readiness and metrics.",
     .fields = kHealth,
     .field_count = std::size(kHealth)},
    {.name = "log",
     .type = Type::object,
     .summary = "What is written, and where.",
     .default_value = "{}",
     .fields = kLog,
     .field_count = std::size(kLog)},
    {.name = "exports",
     .type = Type::list,
     .summary = "Metrics under further names, for dashboards that know these.",
     .default_value = "[]",
     .element = Type::object,
     .fields = kExport,
     .field_count = std::size(kExport)},
};

}  // namespace konduit::config
