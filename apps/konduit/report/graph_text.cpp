#include "report/graph_text.hpp"

#include <string_view>

namespace konduit::report {
namespace {

std::string name_of(std::size_t index) { return "n" + std::to_string(index); }

/// `text` with what a quoted text may not hold as `escape` writes it.
template <class Escape>
std::string escaped(std::string_view text, Escape escape) {
  std::string result;
  for (const char c : text) result += escape(c);
  return result;
}

std::string for_mermaid(std::string_view text) {
  return escaped(text, [](char c) -> std::string {
    switch (c) {
      case '"': return "#quot;";
      case '#': return "#35;";
      case '<': return "#lt;";
      case '>': return "#gt;";
      default: return {c};
    }
  });
}

std::string for_dot(std::string_view text) {
  return escaped(text, [](char c) { return c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c}; });
}

}  // namespace

std::string mermaid(const Graph& graph) {
  std::string text = "flowchart LR\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& [kind, id, detail] = graph.nodes[i];
    const bool ends = kind == ComponentKind::frontend || kind == ComponentKind::backend;
    std::string label = "<b>" + for_mermaid(id) + "</b><br/>" + std::string(to_string(kind));
    if (!detail.empty()) label += "<br/>" + for_mermaid(detail);
    text += "  " + name_of(i) + (ends ? "[\"" : "(\"") + label + (ends ? "\"]\n" : "\")\n");
  }
  for (const auto& [from, to, label] : graph.edges) {
    const std::string arrow = label.empty() ? " -.-> " : " -->|\"" + for_mermaid(label) + "\"| ";
    text += "  " + name_of(from) + arrow + name_of(to) + "\n";
  }
  return text;
}

std::string dot(const Graph& graph) {
  std::string text = "digraph konduit {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& [kind, id, detail] = graph.nodes[i];
    text += "  " + name_of(i) + " [label=\"" + for_dot(id) + "\\n" + std::string(to_string(kind)) +
            (detail.empty() ? "" : "\\n" + for_dot(detail)) + "\"];\n";
  }
  for (const auto& [from, to, label] : graph.edges) {
    text += "  " + name_of(from) + " -> " + name_of(to) +
            (label.empty() ? " [style=dashed]" : " [label=\"" + for_dot(label) + "\"]") + ";\n";
  }
  return text + "}\n";
}

}  // namespace konduit::report
