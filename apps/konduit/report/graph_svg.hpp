#pragma once

#include <string>

#include "report/graph.hpp"

namespace konduit::report {

/// A picture, drawn here: a column for each step from a frontend on, a box for each component, dashed lines for
/// references. Follows the reader's preference for light or dark.
std::string svg(const Graph& graph);

}  // namespace konduit::report
