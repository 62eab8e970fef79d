#include "lb-discovery/any_selector.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "konduit/testkit/test_host.hpp"

namespace konduit::lb {
namespace {

constexpr std::uint64_t kSeed = 42;

AgentPtr agent(std::string id, std::uint64_t sequence) {
  auto result = std::make_shared<Agent>();
  result->id = std::move(id);
  result->sequence = sequence;
  return result;
}

std::vector<AgentPtr> agents(std::size_t count) {
  std::vector<AgentPtr> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(agent("agent-" + std::to_string(i), i));
  return result;
}

std::unique_ptr<const AgentIndex> index_of(const std::vector<AgentPtr>& list) {
  return AnySelectorPart(kSeed).build(list);
}

std::map<AgentPtr, int> picks(const AgentIndex& index, int count, const std::vector<AgentPtr>& excluded = {}) {
  std::map<AgentPtr, int> result;
  for (int i = 0; i < count; ++i) ++result[index.pick({}, excluded)];
  return result;
}

TEST(AnySelector, HasNothingToPickWithoutAgents) {
  const auto index = index_of({});
  EXPECT_FALSE(index->has_agents());
  EXPECT_EQ(index->size(), 0U);
  EXPECT_EQ(index->pick({}, {}), nullptr);
}

TEST(AnySelector, PicksEveryAgentAboutAsOften) {
  const auto list = agents(10);
  const auto counts = picks(*index_of(list), 10000);
  ASSERT_EQ(counts.size(), 10U);
  for (const auto& [picked, count] : counts) {
    EXPECT_GT(count, 850) << picked->id;
    EXPECT_LT(count, 1150) << picked->id;
  }
}

TEST(AnySelector, CountsAgentsAndNotConnections) {
  const std::vector<AgentPtr> list{agent("a", 1), agent("b", 2), agent("a", 3), agent("a", 4)};
  const auto index = index_of(list);
  EXPECT_EQ(index->size(), 2U);
  auto counts = picks(*index, 1000);
  EXPECT_GT(counts[list[0]], 400);
  EXPECT_GT(counts[list[1]], 400);
  EXPECT_EQ(counts[list[0]] + counts[list[1]], 1000);
}

TEST(AnySelector, TakesTheOldestConnectionThatDoesNotDrain) {
  const std::vector<AgentPtr> list{agent("a", 1), agent("a", 2), agent("a", 3)};
  const auto index = index_of(list);
  EXPECT_EQ(index->pick({}, {}), list[0]);
  list[0]->draining = true;
  EXPECT_EQ(index->pick({}, {}), list[1]);
  EXPECT_EQ(index->pick({}, std::vector{list[1]}), list[2]);
}

TEST(AnySelector, PrefersAgentsThatDoNotDrain) {
  const auto list = agents(100);
  const auto index = index_of(list);
  for (const auto& one : list) one->draining = one != list[57];
  EXPECT_EQ(picks(*index, 200).size(), 1U);
  EXPECT_EQ(index->pick({}, {}), list[57]);
}

TEST(AnySelector, TakesDrainingAgentsWhenThereAreNoOthers) {
  const auto list = agents(3);
  const auto index = index_of(list);
  for (const auto& one : list) one->draining = true;
  EXPECT_NE(index->pick({}, {}), nullptr);
  EXPECT_TRUE(index->has_agents());
}

TEST(AnySelector, LeavesOutWhatIsExcluded) {
  const auto list = agents(4);
  const auto index = index_of(list);
  EXPECT_EQ(index->pick({}, list), nullptr);
  const std::vector<AgentPtr> tried(list.begin(), list.begin() + 3);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(index->pick({}, tried), list[3]);
  EXPECT_EQ(picks(*index, 200, {list[0], list[1]}).size(), 2U);
}

TEST(AnySelector, KeepsItsIndexUsableWithoutThePart) {
  const auto list = agents(1);
  auto part = std::make_unique<AnySelectorPart>(kSeed);
  const auto index = part->build(list);
  part.reset();
  EXPECT_EQ(index->pick({}, {}), list[0]);
}

TEST(AnySelector, IsMadeTwiceAndDestroyed) {
  Shard shard;
  testkit::TestHost host(shard, "any/a");
  testkit::TestAttachment attachment(shard);
  auto first = std::make_unique<AnySelector>(config::Node::map({}), host);
  AnySelector second(config::Node::map({}), host);
  auto part = first->attach(attachment);
  part.reset();
  first.reset();
  const auto list = agents(2);
  EXPECT_TRUE(second.attach(attachment)->build(list)->has_agents());
}

}  // namespace
}  // namespace konduit::lb
