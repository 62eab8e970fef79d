#pragma once

#include <string>

#include "config/component_catalog.hpp"

namespace konduit::report {

/// The document's layout and every component that is loaded, as Markdown: summary, fields with type and default, and an
/// example.
std::string reference(const config::ComponentCatalog& catalog);

/// One component's part of it.
std::string reference(const ComponentDescriptor& component, std::string_view plugin);

}  // namespace konduit::report
