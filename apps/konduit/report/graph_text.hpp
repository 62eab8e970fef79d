#pragma once

#include <string>

#include "report/graph.hpp"

namespace konduit::report {

/// A flowchart as Mermaid draws it, in Markdown for instance.
std::string mermaid(const Graph& graph);

/// A digraph for Graphviz' dot.
std::string dot(const Graph& graph);

}  // namespace konduit::report
