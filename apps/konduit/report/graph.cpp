#include "report/graph.hpp"

#include <algorithm>
#include <utility>

namespace konduit::report {
namespace {

/// Puts a graph together.
class Drawing {
 public:
  explicit Drawing(const config::Configuration& configuration) : configuration_(configuration) {}

  Graph draw() {
    for (const auto& component : configuration_.components) add(component);
    for (const auto& pipeline : configuration_.pipelines) add(pipeline);
    for (const auto& component : configuration_.components) {
      for (const auto& key : component.dependencies)
        connect(index(component.kind, component.id), index(key.kind, key.id), "");
    }
    return std::move(graph_);
  }

 private:
  void add(const config::ComponentConfig& component) {
    const config::Node& url = component.node["listen"]["url"];
    graph_.nodes.push_back({component.kind, component.id, url ? url.text() : std::string()});
  }

  void add(const config::PipelineConfig& pipeline) {
    std::vector<std::size_t> way;
    for (const auto& id : pipeline.filters) way.push_back(index(ComponentKind::filter, id));
    way.push_back(index(ComponentKind::backend, pipeline.backend));
    for (const auto& id : pipeline.frontends) connect(index(ComponentKind::frontend, id), way.front(), pipeline.name);
    for (std::size_t i = 1; i < way.size(); ++i) connect(way[i - 1], way[i], pipeline.name);
  }

  void connect(std::size_t from, std::size_t to, const std::string& label) {
    graph_.edges.push_back({from, to, label});
  }

  std::size_t index(ComponentKind kind, const std::string& id) const {
    const auto at = std::find_if(graph_.nodes.begin(), graph_.nodes.end(),
                                 [&](const GraphNode& node) { return node.kind == kind && node.id == id; });
    return static_cast<std::size_t>(at - graph_.nodes.begin());
  }

  const config::Configuration& configuration_;
  Graph graph_;
};

}  // namespace

Graph graph_of(const config::Configuration& configuration) { return Drawing(configuration).draw(); }

}  // namespace konduit::report
