#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "runtime/platform.hpp"

namespace konduit::app {

/// Loads the plugins that a document names into `platform` and checks it. Empty where that fails: `problems` says what
/// is wrong with the document, `refused` which plugins were.
std::optional<config::Configuration> configured(runtime::Platform& platform,
                                                const std::optional<config::Node>& document, config::Problems& problems,
                                                std::vector<std::string>& refused);

}  // namespace konduit::app
