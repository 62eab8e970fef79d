#include "lb-discovery/cidr_selector.hpp"

#include <gtest/gtest.h>

#include <set>

#include "agents.hpp"

namespace konduit::lb {
namespace {

std::unique_ptr<const AgentIndex> index_of(const std::vector<AgentPtr>& list) {
  return CidrSelectorPart(42).build(list);
}

TEST(CidrSelector, PicksTheAgentWhoseNetworkHoldsTheAddress) {
  const std::vector<AgentPtr> list{agent_with("a", {{"cidr", "10.1.0.0/16"}}),
                                   agent_with("b", {{"cidr", "10.2.0.0/16"}, {"cidr", "2001:db8:b::/48"}})};
  const auto index = index_of(list);
  EXPECT_EQ(index->pick(dial_to("10.1.255.255"), {}), list[0]);
  EXPECT_EQ(index->pick(dial_to("10.2.0.0"), {}), list[1]);
  EXPECT_EQ(index->pick(dial_to("2001:db8:b::1"), {}), list[1]);
  EXPECT_EQ(index->pick(dial_to("10.3.0.1"), {}), nullptr);
  EXPECT_EQ(index->pick(dial_to("2001:db8:c::1"), {}), nullptr);
  EXPECT_EQ(index->size(), 2U);
}

TEST(CidrSelector, PrefersTheLongestPrefix) {
  const std::vector<AgentPtr> list{agent_with("all", {{"cidr", "0.0.0.0/0"}}),
                                   agent_with("wide", {{"cidr", "10.0.0.0/8"}}),
                                   agent_with("one", {{"cidr", "10.0.0.7/32"}})};
  const auto index = index_of(list);
  EXPECT_EQ(index->pick(dial_to("10.0.0.7"), {}), list[2]);
  EXPECT_EQ(index->pick(dial_to("10.0.0.8"), {}), list[1]);
  EXPECT_EQ(index->pick(dial_to("192.0.2.1"), {}), list[0]);
  EXPECT_EQ(index->pick(dial_to("10.0.0.7"), std::vector{list[2]}), list[1]);
  EXPECT_EQ(index->pick(dial_to("::1"), {}), nullptr);
}

TEST(CidrSelector, LeavesADrainingAgentForOneWithAShorterPrefix) {
  const std::vector<AgentPtr> list{agent_with("wide", {{"cidr", "10.0.0.0/8"}}),
                                   agent_with("narrow", {{"cidr", "10.1.0.0/16"}})};
  const auto index = index_of(list);
  list[1]->draining = true;
  EXPECT_EQ(index->pick(dial_to("10.1.0.1"), {}), list[0]);
  list[0]->draining = true;
  EXPECT_EQ(index->pick(dial_to("10.1.0.1"), {}), list[1]);
}

TEST(CidrSelector, TakesNetworksWithBitsBehindThePrefix) {
  const std::vector<AgentPtr> list{agent_with("a", {{"cidr", "127.0.0.1/9"}})};
  const auto index = index_of(list);
  EXPECT_EQ(index->pick(dial_to("127.127.0.1"), {}), list[0]);
  EXPECT_EQ(index->pick(dial_to("127.128.0.1"), {}), nullptr);
}

TEST(CidrSelector, HasNothingForNamesAndPassesOverWhatIsNoNetwork) {
  const std::vector<AgentPtr> list{
      agent_with("a", {{"cidr", "10.0.0.0"}, {"cidr", "10.0.0.0/33"}, {"cidr", "10.0.0.0/"}, {"cidr", "x/8"}}),
      agent_with("b", {{"cidr", "10.0.0.0/8x"}, {"cidr", "10.0.0.0/-1"}, {"cidr", ""}, {"ipv4", "10.0.0.1"}})};
  const auto index = index_of(list);
  EXPECT_FALSE(index->has_agents());
  EXPECT_EQ(index->pick(dial_to("10.0.0.1"), {}), nullptr);
  const auto other = index_of({agent_with("c", {{"cidr", "0.0.0.0/0"}})});
  EXPECT_EQ(other->pick(dial_to("example.org"), {}), nullptr);
}

TEST(CidrSelector, SpreadsDialsOverAgentsOfOneNetwork) {
  const std::vector<AgentPtr> list{agent_with("a", {{"cidr", "10.0.0.0/8"}}),
                                   agent_with("b", {{"cidr", "10.9.9.9/8"}})};
  const auto index = index_of(list);
  std::set<AgentPtr> seen;
  for (int i = 0; i < 100; ++i) seen.insert(index->pick(dial_to("10.0.0.1"), {}));
  EXPECT_EQ(seen.size(), 2U);
}

}  // namespace
}  // namespace konduit::lb
