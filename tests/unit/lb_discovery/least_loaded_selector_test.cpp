#include "lb-discovery/least_loaded_selector.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "agents.hpp"
#include "konduit/testkit/test_host.hpp"

namespace konduit::lb {
namespace {

std::vector<AgentPtr> agents(std::size_t count, std::uint32_t tunnels = 0) {
  std::vector<AgentPtr> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(agent_with("agent-" + std::to_string(i)));
    result.back()->tunnels = tunnels;
  }
  return result;
}

std::unique_ptr<const AgentIndex> index_of(const std::vector<AgentPtr>& list) {
  return LeastLoadedSelectorPart(42).build(list);
}

TEST(LeastLoadedSelector, PicksTheAgentWithTheFewestTunnelsOfTheMoment) {
  const auto list = agents(5, 10);
  const auto index = index_of(list);
  list[3]->tunnels = 9;
  EXPECT_EQ(index->pick({}, {}), list[3]);
  list[1]->tunnels = 2;
  EXPECT_EQ(index->pick({}, {}), list[1]);
}

TEST(LeastLoadedSelector, PicksEqualsInTurn) {
  const auto list = agents(4);
  const auto index = index_of(list);
  std::set<AgentPtr> picked;
  for (int i = 0; i < 200; ++i) picked.insert(index->pick({}, {}));
  EXPECT_EQ(picked.size(), 4U);
}

TEST(LeastLoadedSelector, SpreadsDialsEvenly) {
  for (const std::size_t count : {7U, 200U}) {
    const auto list = agents(count);
    const auto index = index_of(list);
    for (std::size_t i = 0; i < count * 20; ++i) index->pick({}, {})->tunnels.fetch_add(1);
    for (const auto& one : list) {
      EXPECT_GE(one->tunnels.load(), 18U) << one->id << " of " << count;
      EXPECT_LE(one->tunnels.load(), 22U) << one->id << " of " << count;
    }
  }
}

TEST(LeastLoadedSelector, CountsAnAgentsConnectionsTogetherAndTakesTheOldest) {
  const std::vector<AgentPtr> list{agent_with("a"), agent_with("b"), agent_with("a")};
  const auto index = index_of(list);
  list[0]->tunnels = 1;
  list[1]->tunnels = 3;
  list[2]->tunnels = 4;
  EXPECT_EQ(index->size(), 2U);
  EXPECT_EQ(index->pick({}, {}), list[1]);
  list[1]->tunnels = 6;
  EXPECT_EQ(index->pick({}, {}), list[0]);
}

TEST(LeastLoadedSelector, TakesDrainingAgentsLast) {
  const auto list = agents(3, 5);
  const auto index = index_of(list);
  list[0]->tunnels = 0;
  list[0]->draining = true;
  EXPECT_NE(index->pick({}, {}), list[0]);
  list[1]->draining = list[2]->draining = true;
  EXPECT_NE(index->pick({}, {}), nullptr);
}

TEST(LeastLoadedSelector, FindsTheOnlyOneThatServesAmongMany) {
  const auto list = agents(1000);
  const auto index = index_of(list);
  for (const auto& one : list) one->draining = one != list[777];
  EXPECT_EQ(index->pick({}, {}), list[777]);
  std::vector<AgentPtr> tried(list.begin(), list.end());
  EXPECT_EQ(index->pick({}, tried), nullptr);
}

TEST(LeastLoadedSelector, HasNothingToPickWithoutAgents) {
  const auto index = index_of({});
  EXPECT_FALSE(index->has_agents());
  EXPECT_EQ(index->pick({}, {}), nullptr);
}

TEST(LeastLoadedSelector, IsMadeTwiceAndItsIndexOutlivesIt) {
  Shard shard;
  testkit::TestHost host(shard, "least-loaded/l");
  testkit::TestAttachment attachment(shard);
  auto first = std::make_unique<LeastLoadedSelector>(config::Node::map({}), host);
  LeastLoadedSelector second(config::Node::map({}), host);
  auto part = first->attach(attachment);
  const auto list = agents(2);
  const auto index = part->build(list);
  part.reset();
  first.reset();
  EXPECT_NE(index->pick({}, {}), nullptr);
  EXPECT_TRUE(second.attach(attachment)->build(list)->has_agents());
}

}  // namespace
}  // namespace konduit::lb
