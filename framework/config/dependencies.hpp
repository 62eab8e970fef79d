#pragma once

#include <vector>

#include "config/configuration.hpp"

namespace konduit::config {

/// Puts every component after all that it depends on; otherwise the given order is kept. Reports each cycle once, with
/// the ids that lead round; the order is then of no use.
void order_by_dependencies(std::vector<ComponentConfig>& components, Problems& problems);

/// Warns of components that no pipeline reaches.
void warn_of_unused(const std::vector<ComponentConfig>& components, const std::vector<PipelineConfig>& pipelines,
                    Problems& problems);

/// Reports frontends that stand in several pipelines, and repetitions within one.
void check_pipelines(const Node& pipelines, Problems& problems);

}  // namespace konduit::config
