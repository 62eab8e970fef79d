#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "agents_fixture.hpp"

namespace konduit::transport_grpc {
namespace {

using AgentsRetryTest = AgentsFixture;

TEST_F(AgentsRetryTest, EveryPendingDialOfAnAgentThatIsLostSucceedsOnAnother) {
  auto doomed = join("node-1");
  auto other = join("node-2");
  std::vector<std::unique_ptr<RunningDial>> dials;
  for (int i = 0; i < 500; ++i)
    dials.push_back(std::make_unique<RunningDial>(shard_, *station_->part, request_for(shard_)));
  ASSERT_TRUE(until([&] { return doomed->count(DIAL_REQ) == 500; }));
  EXPECT_EQ(other->count(DIAL_REQ), 0u);
  doomed->vanish();
  ASSERT_TRUE(until([&] { return other->count(DIAL_REQ) == 500; }));
  std::int64_t id = 0;
  for (const RawPeer::Heard& heard : other->of().packets) {
    other->send(dial_success(heard.packet.dialrequest().random(), ++id));
  }
  ASSERT_TRUE(
      until([&] { return std::all_of(dials.begin(), dials.end(), [](const auto& dial) { return dial->done(); }); }));
  for (const auto& dial : dials) EXPECT_TRUE(*dial->result);
  EXPECT_EQ(station_->host.metrics().counted("konduit_agent_dials_total", {{"result", "success"}}), 500u);
}

TEST_F(AgentsRetryTest, PendingDialsOfTheOnlyAgentFailAtOnceWithAReason) {
  auto doomed = join();
  std::vector<std::unique_ptr<RunningDial>> dials;
  for (int i = 0; i < 500; ++i)
    dials.push_back(std::make_unique<RunningDial>(shard_, *station_->part, request_for(shard_)));
  ASSERT_TRUE(until([&] { return doomed->count(DIAL_REQ) == 500; }));
  shard_.deadlines().fake_clock();  // no deadline passes from here on
  doomed->vanish();
  ASSERT_TRUE(
      until([&] { return std::all_of(dials.begin(), dials.end(), [](const auto& dial) { return dial->done(); }); }));
  for (const auto& dial : dials) {
    ASSERT_FALSE(*dial->result);
    EXPECT_EQ(dial->result->error().code, DialErrc::peer_gone);
    EXPECT_FALSE(dial->result->error().text.empty());
  }
}

TEST_F(AgentsRetryTest, ADialRightAfterTheStartWaitsForAnAgent) {
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", {}, "1000", "10s"));
  RunningDial first(shard_, *station_->part, request_for(shard_));
  RunningDial second(shard_, *station_->part, request_for(shard_));
  settle();
  EXPECT_FALSE(first.done());
  auto agent = join("node-1");
  ASSERT_TRUE(until([&] { return agent->count(DIAL_REQ) == 2; }));
  EXPECT_FALSE(first.done());
}

TEST_F(AgentsRetryTest, ADialWaitsForAgentsNoLongerThanIsSaidAndThenNotAtAll) {
  shard_.deadlines().fake_clock();
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", {}, "1000", "10s"));
  RunningDial early(shard_, *station_->part, request_for(shard_));
  settle();
  shard_.deadlines().advance(std::chrono::milliseconds(9'999));
  settle();
  EXPECT_FALSE(early.done());
  shard_.deadlines().advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(until([&] { return early.done(); }));
  EXPECT_EQ(early.result->error().code, DialErrc::no_route);
  RunningDial late(shard_, *station_->part, request_for(shard_));
  settle();
  EXPECT_TRUE(late.done());
}

TEST_F(AgentsRetryTest, AnAgentThatIsFullIsPassedOverAndWithoutAnotherTheDialIsRefusedAtOnce) {
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", {}, "2"));
  auto agent = join("node-1");
  auto first = tunnel(*agent, 1);
  auto second = dial(*agent);
  RunningDial third(shard_, *station_->part, request_for(shard_));
  ASSERT_TRUE(until([&] { return third.done(); }));
  ASSERT_FALSE(*third.result);
  EXPECT_EQ(third.result->error().code, DialErrc::overloaded);

  auto other = join("node-2");
  RunningDial fourth(shard_, *station_->part, request_for(shard_));
  ASSERT_TRUE(until([&] { return other->count(DIAL_REQ) == 1; }));
  EXPECT_EQ(agent->count(DIAL_REQ), 2u);
}

TEST_F(AgentsRetryTest, WhatAnAgentHasNoRoomForIsAskedOfAnother) {
  auto full = join("node-1");
  auto other = join("node-2");
  auto running = dial(*full);
  full->send(dial_failure(random(*full), "dial tcp 10.0.0.1:443: socket: too many open files"));
  ASSERT_TRUE(until([&] { return other->count(DIAL_REQ) == 1; }));
  other->send(dial_success(random(*other), 1));
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_TRUE(*running->result);
}

TEST_F(AgentsRetryTest, WhatEightAgentsHaveNoRoomForIsAskedOfNoOther) {
  std::vector<std::unique_ptr<RawPeer>> agents;
  for (int i = 0; i < 20; ++i) agents.push_back(join("node-" + std::to_string(i)));
  RunningDial running(shard_, *station_->part, request_for(shard_));
  std::set<const RawPeer*> asked;
  ASSERT_TRUE(until([&] {
    for (const auto& agent : agents) {
      if (agent->count(DIAL_REQ) == 0 || !asked.insert(agent.get()).second) continue;
      agent->send(dial_failure(random(*agent), "dial tcp 10.0.0.1:443: socket: too many open files"));
    }
    return running.done();
  }));
  EXPECT_EQ(asked.size(), 8u);
  EXPECT_EQ(running.result->error().code, DialErrc::overloaded);
}

TEST_F(AgentsRetryTest, ANameThatSoundsLikeAFullAgentIsAskedOfNoOther) {
  auto agent = join("node-1");
  auto other = join("node-2");
  RunningDial running(shard_, *station_->part, request_for(shard_, "max_tunnels.example"));
  ASSERT_TRUE(until([&] { return agent->count(DIAL_REQ) == 1; }));
  agent->send(dial_failure(random(*agent), "dial tcp: lookup max_tunnels.example: no such host"));
  ASSERT_TRUE(until([&] { return running.done() || other->count(DIAL_REQ) > 0; }));
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.result->error().code, DialErrc::unresolvable);
}

TEST_F(AgentsRetryTest, WhatAnAgentCouldNotReachIsNotAskedOfAnother) {
  auto agent = join("node-1");
  auto other = join("node-2");
  auto running = dial(*agent);
  agent->send(dial_failure(random(*agent), "dial tcp 10.0.0.1:443: connect: connection refused"));
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_EQ(running->result->error().code, DialErrc::refused);
  EXPECT_EQ(other->count(DIAL_REQ), 0u);
}

TEST_F(AgentsRetryTest, ADialThatMetSixtyFourFullAgentsIsRefused) {
  station_.reset();
  station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", {}, "1"));
  std::vector<std::unique_ptr<RawPeer>> agents;
  std::vector<std::unique_ptr<RunningDial>> dials;
  for (int i = 0; i < 64; ++i) {
    agents.push_back(join("node-" + std::to_string(i)));
    dials.push_back(dial(*agents.back()));
  }
  auto other = join("node-64");
  RunningDial refused(shard_, *station_->part, request_for(shard_));
  ASSERT_TRUE(until([&] { return refused.done(); }));
  EXPECT_EQ(refused.result->error().code, DialErrc::overloaded);
  EXPECT_EQ(other->count(DIAL_REQ), 0u);
  agents.front()->send(dial_failure(random(*agents.front()), "connection refused"));
  ASSERT_TRUE(until([&] { return dials.front()->done(); }));
  auto taken = dial(*agents.front());
}

}  // namespace
}  // namespace konduit::transport_grpc
