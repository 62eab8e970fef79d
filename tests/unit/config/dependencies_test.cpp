#include "config/dependencies.hpp"

#include <gtest/gtest.h>

#include "unit/config/fake_catalog.hpp"

namespace konduit::config {
namespace {

constexpr ComponentKind kBackend = ComponentKind::backend;

ComponentConfig component(std::string id, std::vector<ComponentKey> dependencies, ComponentKind kind = kBackend) {
  Node node;
  node.set_path("backends." + id);
  return {kind, std::move(id), "x", std::move(node), std::move(dependencies), nullptr};
}

std::vector<std::string> ids(const std::vector<ComponentConfig>& components) {
  std::vector<std::string> ids;
  for (const auto& each : components) ids.push_back(each.id);
  return ids;
}

using Ids = std::vector<std::string>;

TEST(Order, PutsEveryComponentAfterWhatItDependsOn) {
  Problems problems;
  std::vector components{component("x/a", {{kBackend, "x/c"}, {kBackend, "x/b"}}), component("x/b", {}),
                         component("x/c", {{kBackend, "x/b"}}), component("x/d", {})};
  order_by_dependencies(components, problems);
  EXPECT_EQ(ids(components), (Ids{"x/b", "x/c", "x/a", "x/d"}));
  EXPECT_TRUE(problems.empty());
}

TEST(Order, TellsEqualIdsOfTwoKindsApart) {
  Problems problems;
  std::vector components{component("x/a", {{kBackend, "x/a"}}, ComponentKind::frontend), component("x/a", {})};
  order_by_dependencies(components, problems);
  EXPECT_EQ(components[0].kind, kBackend);
  EXPECT_TRUE(problems.empty());
}

TEST(Order, ReportsACycleWithTheWayRound) {
  Problems problems;
  std::vector components{component("x/a", {{kBackend, "x/b"}}), component("x/b", {{kBackend, "x/c"}}),
                         component("x/c", {{kBackend, "x/b"}})};
  order_by_dependencies(components, problems);
  EXPECT_EQ(problems.text(), "error: backends.x/b: depends on itself: x/b -> x/c -> x/b\n");
}

TEST(Order, ReportsAComponentThatNamesItself) {
  Problems problems;
  std::vector components{component("x/a", {{kBackend, "x/a"}})};
  order_by_dependencies(components, problems);
  EXPECT_EQ(problems.text(), "error: backends.x/a: depends on itself: x/a -> x/a\n");
}

TEST(Order, TakesAChainOfAnyLength) {
  Problems problems;
  std::vector<ComponentConfig> components;
  for (int i = 0; i < 20'000; ++i) {
    components.push_back(component("x/" + std::to_string(i), {{kBackend, "x/" + std::to_string(i + 1)}}));
  }
  order_by_dependencies(components, problems);
  EXPECT_EQ(components.front().id, "x/19999");
  EXPECT_TRUE(problems.empty());
}

TEST(Cycles, AreReportedFromADocument) {
  testing::FakeCatalog catalog;
  Problems problems;
  auto document = read_text(R"(apiVersion: konduit/v1
frontends: {grpc/a: {listen: {url: "tcp://localhost:1"}}}
backends:
  route/r: {rules: [{suffix: .a, backend: http-connect/u}]}
  http-connect/u:
    proxy: {url: "tcp://proxy:1", via: route/r}
pipelines: {p: {frontends: [grpc/a], backend: route/r}}
)",
                            "f.yaml", problems);
  ASSERT_TRUE(document);
  EXPECT_FALSE(configure(*document, catalog, &catalog, problems));
  EXPECT_EQ(problems.text(),
            "f.yaml:4:3: error: backends.route/r: depends on itself: route/r -> http-connect/u -> route/r\n");
}

}  // namespace
}  // namespace konduit::config
