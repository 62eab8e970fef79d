#include "lb-discovery/default_route_selector.hpp"

#include <gtest/gtest.h>

#include <set>

#include "agents.hpp"

namespace konduit::lb {
namespace {

TEST(DefaultRouteSelector, PicksAmongAgentsThatOfferIt) {
  const std::vector<AgentPtr> list{
      agent_with("a", {{"default-route", "true"}}), agent_with("b"), agent_with("c", {{"default-route", "1"}}),
      agent_with("d", {{"default-route", "false"}}), agent_with("e", {{"default-route", "yes"}})};
  const auto index = DefaultRouteSelectorPart(42).build(list);
  std::set<AgentPtr> seen;
  for (int i = 0; i < 100; ++i) seen.insert(index->pick(dial_to("anything"), {}));
  EXPECT_EQ(seen, (std::set<AgentPtr>{list[0], list[2]}));
  EXPECT_EQ(index->size(), 2U);
}

TEST(DefaultRouteSelector, HasNobodyWhereNoneOffersIt) {
  const auto index = DefaultRouteSelectorPart(42).build(std::vector<AgentPtr>{agent_with("a")});
  EXPECT_FALSE(index->has_agents());
  EXPECT_EQ(index->pick(dial_to("x"), {}), nullptr);
}

}  // namespace
}  // namespace konduit::lb
