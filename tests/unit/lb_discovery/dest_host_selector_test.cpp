#include "lb-discovery/dest_host_selector.hpp"

#include <gtest/gtest.h>

#include <set>

#include "agents.hpp"

namespace konduit::lb {
namespace {

std::unique_ptr<const AgentIndex> index_of(const std::vector<AgentPtr>& list) {
  return DestHostSelectorPart(42).build(list);
}

TEST(DestHostSelector, PicksTheAgentThatIsTheHost) {
  const std::vector<AgentPtr> list{agent_with("a", {{"ipv4", "10.0.0.1"}, {"host", "node-a"}}),
                                   agent_with("b", {{"ipv6", "2001:db8::b"}, {"host", "node-b"}}), agent_with("c")};
  const auto index = index_of(list);
  EXPECT_EQ(index->pick(dial_to("10.0.0.1"), {}), list[0]);
  EXPECT_EQ(index->pick(dial_to("node-a"), {}), list[0]);
  EXPECT_EQ(index->pick(dial_to("2001:db8::b"), {}), list[1]);
  EXPECT_EQ(index->pick(dial_to("10.0.0.2"), {}), nullptr);
  EXPECT_EQ(index->pick(dial_to(""), {}), nullptr);
  EXPECT_EQ(index->size(), 2U);
}

TEST(DestHostSelector, LooksAtNoOtherIdentifiers) {
  const auto index = index_of({agent_with("a", {{"cidr", "10.0.0.0/8"}, {"zone", "z"}, {"host", ""}})});
  EXPECT_FALSE(index->has_agents());
  EXPECT_EQ(index->size(), 0U);
  EXPECT_EQ(index->pick(dial_to("10.0.0.0/8"), {}), nullptr);
  EXPECT_EQ(index->pick(dial_to(""), {}), nullptr);
}

TEST(DestHostSelector, TakesTheOldestConnectionOfAnAgentAndDrainingOnesLast) {
  const std::vector<AgentPtr> list{agent_with("a", {{"host", "n"}}), agent_with("a", {{"host", "n"}})};
  const auto index = index_of(list);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(index->pick(dial_to("n"), {}), list[0]);
  list[0]->draining = true;
  EXPECT_EQ(index->pick(dial_to("n"), {}), list[1]);
  EXPECT_EQ(index->pick(dial_to("n"), std::vector{list[1]}), list[0]);
  EXPECT_EQ(index->pick(dial_to("n"), list), nullptr);
  EXPECT_EQ(index->size(), 1U);
}

TEST(DestHostSelector, SpreadsDialsOverAgentsThatAreTheSameHost) {
  const std::vector<AgentPtr> list{agent_with("a", {{"host", "n"}}), agent_with("b", {{"host", "n"}}),
                                   agent_with("c", {{"host", "other"}})};
  const auto index = index_of(list);
  std::set<AgentPtr> seen;
  for (int i = 0; i < 100; ++i) seen.insert(index->pick(dial_to("n"), {}));
  EXPECT_EQ(seen, (std::set<AgentPtr>{list[0], list[1]}));
}

}  // namespace
}  // namespace konduit::lb
