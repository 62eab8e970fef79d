#pragma once

#include <span>
#include <string_view>

#include "config/configuration.hpp"
#include "konduit/config.hpp"

namespace konduit::config {

inline constexpr std::string_view kApiVersion = "konduit/v1";

/// The top level of a document: the sections of components as maps, everything else in full.
extern const Schema kDocumentSchema;

inline std::span<const Field> fields_of(const Schema& schema) { return {schema.fields, schema.field_count}; }

struct Section {
  ComponentKind kind;
  const char* name;
};
/// Where each kind of component stands.
std::span<const Section> component_sections() noexcept;

// From validated nodes.
RuntimeConfig runtime_of(const Node& node);
TelemetryConfig telemetry_of(const Node& node);
PluginsConfig plugins_of(const Node& node);
std::vector<PipelineConfig> pipelines_of(const Node& node);

}  // namespace konduit::config
