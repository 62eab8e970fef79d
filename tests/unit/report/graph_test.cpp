#include "report/graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "documents.hpp"
#include "report/graph_svg.hpp"
#include "report/graph_text.hpp"

namespace konduit::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::vector<std::string> edges(const Graph& graph) {
  std::vector<std::string> all;
  for (const auto& [from, to, label] : graph.edges) {
    all.push_back(graph.nodes[from].id + " -" + label + "> " + graph.nodes[to].id);
  }
  return all;
}

/// A graph whose texts hold everything that some notation escapes.
Graph hostile() {
  return {{{ComponentKind::frontend, "a/b", "uds:///<x>\"&#\\"}, {ComponentKind::backend, "c/d", ""}},
          {{0, 1, "p\"<"}}};
}

TEST(Graph, LeadsFromFrontendsThroughFiltersToBackendsAndNamesReferences) {
  EXPECT_THAT(edges(graph_of(configured(kDocument))),
              UnorderedElementsAre("http-connect/ops -ops> acl/cluster", "acl/cluster -ops> agents/main",
                                   "http-connect/ops -> mtls/ops", "agents/main -> any/a"));
}

TEST(Mermaid, DrawsReferencesDashedAndPipelinesByName) {
  const std::string text = mermaid(graph_of(configured(kDocument)));
  EXPECT_THAT(text, HasSubstr("flowchart LR\n"));
  EXPECT_THAT(text, HasSubstr("<b>http-connect/ops</b><br/>frontend<br/>tcp://0.0.0.0:8090"));
  EXPECT_THAT(text, HasSubstr("-->|\"ops\"|"));
  EXPECT_THAT(text, HasSubstr(" -.-> "));
}

TEST(Mermaid, EscapesWhatItsQuotesMayNotHold) {
  EXPECT_THAT(mermaid(hostile()), HasSubstr("uds:///#lt;x#gt;#quot;&#35;\\"));
}

TEST(Dot, EscapesQuotesAndBackslashes) {
  const std::string text = dot(hostile());
  EXPECT_THAT(text, HasSubstr("uds:///<x>\\\"&#\\\\"));
  EXPECT_THAT(text, HasSubstr("n0 -> n1 [label=\"p\\\"<\"];"));
}

TEST(Svg, HasABoxForEachComponentAndEscapesText) {
  const std::string text = svg(graph_of(configured(kDocument)));
  std::size_t boxes = 0;
  for (auto at = text.find("<rect "); at != std::string::npos; at = text.find("<rect ", at + 1)) ++boxes;
  EXPECT_EQ(boxes, 5u);
  EXPECT_THAT(svg(hostile()), HasSubstr("uds:///&lt;x&gt;\"&amp;#\\"));
  EXPECT_THAT(svg(hostile()), Not(HasSubstr("<x>")));
}

/// The left edge of a component's box.
int left_of(const std::string& text, const std::string& id) {
  const auto label = text.find(">" + id + "<");
  const auto box = text.rfind("<rect x=\"", label);
  return std::atoi(text.c_str() + box + 9);
}

TEST(Svg, SetsWhatIsReachedLaterFurtherRight) {
  const std::string text = svg(graph_of(configured(kDocument)));
  EXPECT_LT(left_of(text, "http-connect/ops"), left_of(text, "acl/cluster"));
  EXPECT_LT(left_of(text, "acl/cluster"), left_of(text, "agents/main"));
  EXPECT_LT(left_of(text, "agents/main"), left_of(text, "any/a"));
}

}  // namespace
}  // namespace konduit::report
