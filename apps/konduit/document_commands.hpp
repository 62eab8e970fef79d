#pragma once

#include <string>

#include "config/configuration.hpp"

/// Commands that tell about a document, or about what a document may say, and start nothing.
namespace konduit::app {

enum class GraphFormat { mermaid, dot, svg };

/// Prints a picture of a document.
int graph(const std::string& file, GraphFormat format);

/// Prints the effective document with the origin of every value that the file does not give. Secrets are hidden.
int explain(const std::string& file);

/// Prints what a reload of `newer` over `older` would do; kFailed where it would do anything.
int diff(const std::string& older, const std::string& newer);

/// Prints the layout of documents as JSON Schema.
int json_schema(const config::PluginsConfig& plugins);

/// Prints the configuration reference, or the part of it about one component type; an empty `type` is all.
int reference(const config::PluginsConfig& plugins, const std::string& type);

}  // namespace konduit::app
