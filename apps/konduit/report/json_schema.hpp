#pragma once

#include <string>

#include "config/component_catalog.hpp"

namespace konduit::report {

/// The layout of a document as JSON Schema (draft 2020-12), for editors: what is loaded, with summaries and defaults.
/// It lets through what only the program can judge: substitutions, whether what is referred to is there, urls.
std::string json_schema(const config::ComponentCatalog& catalog);

}  // namespace konduit::report
