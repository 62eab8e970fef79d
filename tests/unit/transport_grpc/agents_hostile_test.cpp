#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "agents_fixture.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;

/// Agents that want to fill the server's log or memory, and strangers at its door.
class AgentsHostileTest : public AgentsFixture {
 protected:
  std::size_t lines(std::string_view message) {
    return static_cast<std::size_t>(std::ranges::count_if(
        station_->host.log().lines(), [message](const auto& line) { return line.message == message; }));
  }
  std::size_t longest_field() {
    std::size_t longest = 0;
    for (const auto& line : station_->host.log().lines()) {
      for (const auto& [key, value] : line.fields) longest = std::max(longest, value.size());
    }
    return longest;
  }
  static std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
  }
  void ask_for_tokens() {
    station_.reset();
    station_ = std::make_unique<AgentsStation>(shard_, nodes::agents("tcp://agents", "token/t"));
  }
};

TEST_F(AgentsHostileTest, ADrainIsTakenNoteOfOnce) {
  auto agent = join();
  for (int i = 0; i < 1000; ++i) agent->send(drain());
  settle();
  EXPECT_EQ(lines("an agent is draining and gets new dials only when no other can serve them"), 1u);
}

TEST_F(AgentsHostileTest, ANameIsNoLongerThanNamesAre) {
  auto named = join(std::string(256, 'n'));
  auto agent = connect();
  agent->call("/AgentService/Connect", {{"agentid", std::string(257, 'n')}});
  ASSERT_TRUE(until([&] { return agent->of().end.has_value(); }));
  EXPECT_EQ(agent->of().end->status, http2::GrpcStatus::invalid_argument);
}

TEST_F(AgentsHostileTest, TheLogSaysTheBeginningOfLongIdentifiers) {
  std::string identifiers = "ipv4=10.0.0.1";
  while (identifiers.size() < 16'000) identifiers += "&host=node-" + std::string(100, 'n');
  auto agent = connect();
  agent->call("/AgentService/Connect", {{"agentid", "node-1"}, {"agentidentifiers", identifiers}});
  ASSERT_TRUE(until([&] { return lines("an agent connected") == 1; }));
  EXPECT_LE(longest_field(), 1024u);
}

TEST_F(AgentsHostileTest, MoreIdentifiersThanAnAgentMayHaveAreRefused) {
  const auto refusal = [&](std::string identifiers) {
    auto agent = connect();
    agent->call("/AgentService/Connect", {{"agentid", "greedy"}, {"agentidentifiers", std::move(identifiers)}});
    EXPECT_TRUE(until([&] { return agent->of().head.has_value(); }));
    return agent->of().end;
  };
  EXPECT_FALSE(refusal(repeated("a&", 256)));
  for (const std::string& identifiers : {repeated("a&", 257), repeated("a&", 32'000), "a=" + repeated("b", 16'384)}) {
    const auto refused = refusal(identifiers);
    ASSERT_TRUE(refused) << identifiers.size();
    EXPECT_EQ(refused->status, http2::GrpcStatus::invalid_argument);
    EXPECT_NE(refused->message.find("agentIdentifiers"), std::string::npos) << refused->message;
  }
  EXPECT_EQ(lines("an agent was refused"), 3u);
  EXPECT_NE(station_->host.log().text().find("greedy"), std::string::npos);
}

TEST_F(AgentsHostileTest, ATokenIsNoLongerThanTokensAre) {
  ask_for_tokens();
  for (const auto& [length, status] :
       {std::pair{8192, http2::GrpcStatus::unauthenticated}, std::pair{8193, http2::GrpcStatus::invalid_argument}}) {
    auto stranger = connect();
    const std::string token(static_cast<std::size_t>(length), 't');
    stranger->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer " + token}});
    ASSERT_TRUE(until([&] { return stranger->of().end.has_value(); }));
    EXPECT_EQ(stranger->of().end->status, status) << length;
  }
}

TEST_F(AgentsHostileTest, AStrangersIdentifiersAreNotRead) {
  ask_for_tokens();
  auto stranger = connect();
  stranger->call("/AgentService/Connect",
                 {{"agentid", "a"}, {"agentidentifiers", "host=%zz"}, {"authorization", "Bearer bad"}});
  ASSERT_TRUE(until([&] { return stranger->of().end.has_value(); }));
  EXPECT_EQ(stranger->of().end->status, http2::GrpcStatus::unauthenticated);
  auto agent = connect();
  agent->call("/AgentService/Connect",
              {{"agentid", "a"}, {"agentidentifiers", "host=%zz"}, {"authorization", "Bearer good"}});
  ASSERT_TRUE(until([&] { return agent->of().end.has_value(); }));
  EXPECT_EQ(agent->of().end->status, http2::GrpcStatus::invalid_argument);
  EXPECT_EQ(station_->host.metrics().gauged("konduit_agents_connected"), 0);
}

TEST_F(AgentsHostileTest, OfAnAgentsWordsTheBeginningIsKept) {
  auto agent = join();
  auto running = dial(*agent);
  std::string words = "i/o timeout ";
  while (words.size() < 50'000) words += "\xc3\xa4";
  agent->send(dial_failure(random(*agent), words));
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_EQ(running->result->error().code, DialErrc::timeout);
  EXPECT_LE(running->result->error().text.size(), 1024u);
  EXPECT_TRUE(proto::valid_utf8(running->result->error().text));
}

TEST_F(AgentsHostileTest, AConnectionOnWhichNobodyIsAnAgentIsClosed) {
  shard_.deadlines().fake_clock();
  auto silent = connect();
  auto stranger = connect();
  auto agent = join();
  settle();
  shard_.deadlines().advance(20s);
  stranger->call("/nope/x");
  ASSERT_TRUE(until([&] { return stranger->of().end.has_value(); }));
  shard_.deadlines().advance(11s);
  EXPECT_TRUE(until([&] { return stranger->over && silent->over; }));
  shard_.deadlines().advance(1h);
  settle();
  EXPECT_FALSE(agent->over);
}

TEST_F(AgentsHostileTest, AConnectionWhoseAgentWasRefusedOrHasLeftIsClosed) {
  ask_for_tokens();
  shard_.deadlines().fake_clock();
  auto refused = connect();
  refused->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer bad"}});
  ASSERT_TRUE(until([&] { return refused->of().end.has_value(); }));
  auto left = connect();
  left->call("/AgentService/Connect", {{"agentid", "b"}, {"authorization", "Bearer good"}});
  ASSERT_TRUE(until([&] { return left->of().head.has_value(); }));
  left->connection().finish(left->last);
  settle();
  shard_.deadlines().advance(29s);
  settle();
  EXPECT_FALSE(refused->over || left->over);
  shard_.deadlines().advance(1s);
  EXPECT_TRUE(until([&] { return refused->over && left->over; }));
}

TEST_F(AgentsHostileTest, WhoeverIsRefusedNowAndThenLosesTheConnectionAsSoon) {
  ask_for_tokens();
  shard_.deadlines().fake_clock();
  auto stranger = connect();
  settle();
  for (int i = 0; i < 2 && !stranger->over; ++i) {
    shard_.deadlines().advance(29s);
    stranger->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer bad"}});
    ASSERT_TRUE(until([&] { return stranger->over || stranger->of().end; }));
  }
  shard_.deadlines().advance(2s);
  EXPECT_TRUE(until([&] { return stranger->over; }));
}

TEST_F(AgentsHostileTest, WhoIsBeingJudgedWhenTheTimeIsUpIsStillLetIn) {
  ask_for_tokens();
  station_->check.may_answer.clear();
  shard_.deadlines().fake_clock();
  auto agent = connect();
  auto forgotten = connect();
  settle();
  shard_.deadlines().advance(29s);
  for (RawPeer* peer : {agent.get(), forgotten.get()}) {
    peer->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer good"}});
  }
  settle();
  forgotten->connection().reset(forgotten->last, http2::ErrorCode::cancel);
  shard_.deadlines().advance(9s);
  settle();
  EXPECT_FALSE(agent->over);
  station_->check.may_answer.set();
  ASSERT_TRUE(until([&] { return agent->of().head.has_value(); }));
  shard_.deadlines().advance(1h);
  EXPECT_TRUE(until([&] { return forgotten->over; }));
  EXPECT_FALSE(agent->over);
}

TEST_F(AgentsHostileTest, WhoIsNeverJudgedIsNotWaitedForAnyLonger) {
  ask_for_tokens();
  station_->check.may_answer.clear();
  shard_.deadlines().fake_clock();
  auto stranger = connect();
  settle();
  for (int i = 0; i < 6 && !stranger->over; ++i) {
    stranger->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer good"}});
    settle();
    shard_.deadlines().advance(8s);
    settle();
  }
  EXPECT_TRUE(until([&] { return stranger->over; }));
}

TEST_F(AgentsHostileTest, StrangersHoldABoundedNumberOfConnectionsAndAgentsJoinBesideThem) {
  auto before = join("before");
  std::vector<std::unique_ptr<RawPeer>> strangers;
  for (int i = 0; i < 2000; ++i) strangers.push_back(connect());
  auto agent = join("behind");
  const auto open = [&] {
    return static_cast<std::size_t>(std::ranges::count_if(strangers, [](const auto& peer) { return !peer->over; }));
  };
  EXPECT_TRUE(until([&] { return open() <= ConnectedAgents::kStrangers; })) << open();
  EXPECT_TRUE(strangers.front()->over);
  EXPECT_FALSE(strangers.back()->over || before->over || agent->over);
  // The agent that came behind them took the place of one for a moment.
  EXPECT_EQ(station_->host.metrics().counted("konduit_agent_connections_given_up_total"),
            2001 - ConnectedAgents::kStrangers);
}

TEST_F(AgentsHostileTest, AConnectionThatItsAgentLeftIsAStrangersAgain) {
  auto left = join("left");
  auto agent = join("agent");
  left->connection().finish(left->last);
  settle();
  std::vector<std::unique_ptr<RawPeer>> strangers;
  for (std::size_t i = 0; i < ConnectedAgents::kStrangers; ++i) strangers.push_back(connect());
  EXPECT_TRUE(until([&] { return left->over; }));
  EXPECT_FALSE(strangers.front()->over || agent->over);
}

TEST_F(AgentsHostileTest, WhoeverIsRefusedOverAndOverLosesTheConnection) {
  auto stranger = connect();
  for (int i = 0; i < 16; ++i) {
    stranger->call(i % 2 == 0 ? "/nope/x" : "/AgentService/Connect");
    ASSERT_TRUE(until([&] { return stranger->of().end.has_value(); }));
  }
  EXPECT_FALSE(stranger->over);
  stranger->call("/nope/x");
  ASSERT_TRUE(until([&] { return stranger->over; }));
  EXPECT_EQ(stranger->goaway, http2::ErrorCode::enhance_your_calm);
}

TEST_F(AgentsHostileTest, WhoeverJoinsAndLeavesOverAndOverLosesTheConnection) {
  shard_.deadlines().fake_clock();
  auto agent = connect();
  int joins = 0;
  for (; joins < 1000 && !agent->over; ++joins) {
    agent->call("/AgentService/Connect", {{"agentid", "restless"}, {"agentidentifiers", "host=x"}});
    agent->connection().finish(agent->last);
    ASSERT_TRUE(until([&] { return agent->over || agent->of().end; }));
    settle();
  }
  EXPECT_EQ(joins, 17);
  EXPECT_EQ(agent->goaway, http2::ErrorCode::enhance_your_calm);
  EXPECT_EQ(lines("an agent connected") + lines("an agent has gone"), 2 + LogPace::kPerSecond);
}

TEST_F(AgentsHostileTest, WhoeverLeavesBeforeTheVerdictOverAndOverLosesTheConnection) {
  ask_for_tokens();
  station_->check.may_answer.clear();
  auto stranger = connect();
  int calls = 0;
  for (; calls < 1000 && !stranger->over; ++calls) {
    stranger->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer bad"}});
    stranger->connection().finish(stranger->last);
    ASSERT_TRUE(until([&] { return stranger->over || stranger->of().end; }));
    settle();
  }
  EXPECT_EQ(calls, 17);
}

TEST_F(AgentsHostileTest, AgentsThatStayAWhileMayComeAndGoOnOneConnection) {
  shard_.deadlines().fake_clock();
  auto agent = connect();
  for (int i = 0; i < 40; ++i) {
    agent->call("/AgentService/Connect", {{"agentid", "a"}});
    ASSERT_TRUE(until([&] { return agent->of().head.has_value(); }));
    shard_.deadlines().advance(1s);
    agent->connection().finish(agent->last);
    ASSERT_TRUE(until([&] { return agent->of().end.has_value(); }));
  }
  settle();
  EXPECT_FALSE(agent->over);
  EXPECT_EQ(lines("an agent connected"), 40u);
}

TEST_F(AgentsHostileTest, WhoeverIsNotLetInYetIsNotListenedToForLong) {
  ask_for_tokens();
  station_->check.may_answer.clear();
  const std::string announced("\0\0\0\x10\x01\x08\x01", 7);  // DIAL_RSP of 4097 bytes
  auto stranger = connect();
  auto agent = connect();
  for (RawPeer* peer : {stranger.get(), agent.get()}) {
    peer->call("/AgentService/Connect", {{"agentid", "a"}, {"authorization", "Bearer good"}});
  }
  stranger->push(std::string_view(announced));
  ASSERT_TRUE(until([&] { return stranger->of().end.has_value(); }));
  EXPECT_EQ(stranger->of().end->status, http2::GrpcStatus::resource_exhausted);
  station_->check.may_answer.set();
  ASSERT_TRUE(until([&] { return agent->of().head.has_value(); }));
  agent->push(std::string_view(announced));
  settle();
  EXPECT_FALSE(agent->of().end);
}

}  // namespace
}  // namespace konduit::transport_grpc
