#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "konduit/selector.hpp"
#include "world.hpp"

namespace konduit::conformance {
namespace {

std::vector<AgentPtr> agents(std::size_t count) {
  std::vector<AgentPtr> made;
  for (std::size_t i = 0; i < count; ++i) {
    auto agent = std::make_shared<Agent>();
    agent->id = "agent-" + std::to_string(i / 2);  // two connections each
    agent->sequence = i;
    if (i % 3 == 0) agent->identifiers.emplace("host", "host-" + std::to_string(i) + ".example");
    if (i % 5 == 0) agent->identifiers.emplace("ipv4", "10.0.0." + std::to_string(i % 250));
    if (i % 7 == 0) agent->identifiers.emplace("default-route", "true");
    made.push_back(std::move(agent));
  }
  return made;
}

std::vector<DialRequest> dials() {
  std::vector<DialRequest> requests;
  for (const char* host : {"host-3.example", "10.0.0.5", "::1", "elsewhere.example", "", "\xff"}) {
    DialRequest request;
    request.target = {host, 443};
    requests.push_back(std::move(request));
  }
  return requests;
}

void picks_are_of_the_snapshot(const Subject& subject) {
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  for (const std::size_t count : {0U, 1U, 2U, 50U, 1000U}) {
    SCOPED_TRACE("a snapshot of " + std::to_string(count) + " agents");
    const auto snapshot = agents(count);
    std::unique_ptr<const AgentIndex> index;
    world.call("build()", [&] { index = running.part<SelectorPart>().build(snapshot); });
    ASSERT_TRUE(index) << "build() made no index";
    EXPECT_FALSE(count == 0 && index->has_agents()) << "has_agents() over an empty snapshot";
    EXPECT_TRUE(index->has_agents() || index->size() == 0) << "size() without agents";
    for (const auto& request : dials()) {
      std::vector<AgentPtr> excluded;
      for (int tries = 0; tries < 20; ++tries) {
        AgentPtr picked;
        world.call("pick()", [&] { picked = index->pick(request, excluded); });
        if (!picked) break;
        EXPECT_NE(std::ranges::find(snapshot, picked), snapshot.end()) << "pick() answers an agent that is not there";
        EXPECT_EQ(std::ranges::find(excluded, picked), excluded.end()) << "pick() answers an agent that was tried";
        EXPECT_TRUE(index->has_agents()) << "pick() answers an agent, and has_agents() says that there is none";
        excluded.push_back(picked);
      }
    }
  }
}

void drained_agents_come_last(const Subject& subject) {
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  const auto snapshot = agents(40);
  const auto index = running.part<SelectorPart>().build(snapshot);
  ASSERT_TRUE(index);
  for (const auto& request : dials()) {
    for (const auto& agent : snapshot) agent->draining.store(false);
    std::vector<AgentPtr> reachable;
    while (const auto picked = index->pick(request, reachable)) reachable.push_back(picked);
    if (reachable.size() < 2) continue;
    for (std::size_t i = 0; i + 1 < reachable.size(); ++i) reachable[i]->draining.store(true);
    for (int tries = 0; tries < 20; ++tries) {
      const auto picked = index->pick(request, {});
      EXPECT_FALSE(picked && picked->draining.load()) << "pick() prefers an agent that drains to one that does not";
    }
  }
}

void index_outlives_the_part(const Subject& subject) {
  World world(subject);
  const auto snapshot = agents(10);
  std::unique_ptr<const AgentIndex> index;
  {
    Running running(world);
    if (!running.ok()) return;
    index = running.part<SelectorPart>().build(snapshot);
  }
  ASSERT_TRUE(index);
  for (const auto& request : dials()) {
    AgentPtr picked;
    world.call("pick() behind the part's end", [&] { picked = index->pick(request, {}); });
    const bool known = !picked || std::ranges::find(snapshot, picked) != snapshot.end();
    EXPECT_TRUE(known) << "pick() behind the part's end answers an agent that is not there";
  }
}

constexpr Rule kRules[] = {
    {"what it picks is in the snapshot and was not tried", picks_are_of_the_snapshot},
    {"agents that drain come last", drained_agents_come_last},
    {"an index outlives its part and component", index_outlives_the_part},
};

}  // namespace

std::span<const Rule> selector_rules() { return kRules; }

}  // namespace konduit::conformance
