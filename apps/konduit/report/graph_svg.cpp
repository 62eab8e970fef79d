#include "report/graph_svg.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace konduit::report {
namespace {

constexpr int kMargin = 20;
constexpr int kWidth = 210;
constexpr int kHeight = 62;
constexpr int kBetweenColumns = 90;
constexpr int kBetweenRows = 22;

struct Box {
  int x = 0;
  int y = 0;
};

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      default: result += c;
    }
  }
  return result;
}

/// The longest way to each node: a checked document has no cycles.
std::vector<std::size_t> columns_of(const Graph& graph) {
  std::vector<std::size_t> columns(graph.nodes.size(), 0);
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto& edge : graph.edges) {
      if (columns[edge.to] > columns[edge.from]) continue;
      columns[edge.to] = columns[edge.from] + 1;
      moved = true;
    }
  }
  return columns;
}

std::string element(const char* name, const std::string& attributes, const std::string& content) {
  return std::string("  <") + name + " " + attributes +
         (content.empty() ? "/>\n" : ">" + content + "</" + name + ">\n");
}

std::string at(const char* x, int x_value, const char* y, int y_value) {
  return std::string(x) + "=\"" + std::to_string(x_value) + "\" " + y + "=\"" + std::to_string(y_value) + "\"";
}

/// Where everything stands.
class Layout {
 public:
  explicit Layout(const Graph& graph) : graph_(graph), boxes_(graph.nodes.size()) {
    const auto columns = columns_of(graph);
    std::vector<int> rows(graph.nodes.size() + 1, 0);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const auto column = static_cast<int>(columns[i]);
      const int row = rows[columns[i]]++;
      boxes_[i] = {kMargin + column * (kWidth + kBetweenColumns), kMargin + row * (kHeight + kBetweenRows)};
      width_ = std::max(width_, boxes_[i].x + kWidth + kMargin);
      height_ = std::max(height_, boxes_[i].y + kHeight + kMargin);
    }
  }

  std::string draw() const {
    std::string body;
    for (const auto& edge : graph_.edges) body += line(edge);
    for (std::size_t i = 0; i < boxes_.size(); ++i) body += box(i);
    const std::string size = std::to_string(width_) + " " + std::to_string(height_);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + "\" width=\"" + std::to_string(width_) +
           "\" height=\"" + std::to_string(height_) + "\" font-family=\"sans-serif\" font-size=\"12\">\n" + kStyle +
           body + "</svg>\n";
  }

 private:
  static constexpr const char* kStyle =
      "  <style>rect{fill:#fff;stroke:#456}text{fill:#123}path{fill:none;stroke:#678}.reference{stroke-dasharray:4 3}"
      "@media(prefers-color-scheme:dark){rect{fill:#234;stroke:#9ab}text{fill:#eef}}</style>\n"
      "  <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
      "orient=\"auto\"><path d=\"M0 0L8 4L0 8\"/></marker></defs>\n";

  std::string box(std::size_t index) const {
    const auto& [kind, id, detail] = graph_.nodes[index];
    const auto [x, y] = boxes_[index];
    const bool ends = kind == ComponentKind::frontend || kind == ComponentKind::backend;
    std::string text = element(
        "rect",
        at("x", x, "y", y) + " " + at("width", kWidth, "height", kHeight) + " rx=\"" + (ends ? "3" : "14") + "\"", "");
    text += element("text", at("x", x + 10, "y", y + 20) + " font-weight=\"bold\"", escaped(id));
    text += element("text", at("x", x + 10, "y", y + 36), std::string(to_string(kind)));
    if (!detail.empty())
      text += element("text", at("x", x + 10, "y", y + 52) + " font-size=\"10\"", escaped(shortened(detail)));
    return text;
  }

  std::string line(const GraphEdge& edge) const {
    const Box from = boxes_[edge.from];
    const Box to = boxes_[edge.to];
    const int x1 = from.x + kWidth;
    const int y1 = from.y + kHeight / 2;
    const int x2 = to.x;
    const int y2 = to.y + kHeight / 2;
    const int middle = (x1 + x2) / 2;
    const auto point = [](int x, int y) { return std::to_string(x) + " " + std::to_string(y); };
    std::string text =
        element("path",
                "marker-end=\"url(#tip)\"" + std::string(edge.label.empty() ? " class=\"reference\"" : "") + " d=\"M" +
                    point(x1, y1) + "C" + point(middle, y1) + " " + point(middle, y2) + " " + point(x2, y2) + "\"",
                "");
    if (edge.label.empty()) return text;
    return text + element("text", at("x", middle, "y", (y1 + y2) / 2 - 4) + " text-anchor=\"middle\" font-size=\"10\"",
                          escaped(edge.label));
  }

  static std::string shortened(const std::string& text) {
    constexpr std::size_t kMost = 34;
    return text.size() <= kMost ? text : text.substr(0, kMost - 1) + "…";
  }

  const Graph& graph_;
  std::vector<Box> boxes_;
  int width_ = 0;
  int height_ = 0;
};

}  // namespace

std::string svg(const Graph& graph) { return Layout(graph).draw(); }

}  // namespace konduit::report
