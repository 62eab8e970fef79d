#pragma once

#include <string>

#include "config/component_catalog.hpp"

namespace konduit::report {

/// The page docs/configuration.md: contents, the document's layout and every component that is loaded, as Markdown.
std::string reference(const config::ComponentCatalog& catalog);

/// One component's part of it: summary, fields with type and default, and the example where it would stand in a
/// document.
std::string reference(const ComponentDescriptor& component, std::string_view plugin);

}  // namespace konduit::report
