#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/configuration.hpp"

namespace konduit::report {

/// A component in a picture of a document.
struct GraphNode {
  ComponentKind kind;
  std::string id;      ///< "type/name"
  std::string detail;  ///< Where a frontend or a backend listens; may be empty.
};

/// From who dials or refers to whom.
struct GraphEdge {
  std::size_t from;  ///< Indexes of nodes.
  std::size_t to;
  std::string label;  ///< The pipeline; empty for a reference.
};

struct Graph {
  std::vector<GraphNode> nodes;  ///< In the document's order.
  std::vector<GraphEdge> edges;
};

/// The pipelines, from frontends through filters to backends, and what each component refers to.
Graph graph_of(const config::Configuration& configuration);

}  // namespace konduit::report
