#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "konduit/testkit/stream_conformance.hpp"
#include "pair_fixture.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::matches_pattern;
using testkit::pattern;
using testkit::StreamUser;

/// Less than a tunnel's window at its beginning, so that it goes on its way although nobody reads.
constexpr std::size_t kUnread = 60'000;

TEST_F(PairTest, ADialReachesTheAgentsPipelineAndBytesGoBothWays) {
  TunnelEnds tunnel = open();
  EXPECT_EQ(dialer().dials[0]->request.target.text(), "10.0.0.1:443");
  EXPECT_EQ(dialer().dials[0]->request.frontend, "uplink/cp");
  EXPECT_EQ(tunnel.server->stream().remote(), "agent agent-1");
  tunnel.server->receive();
  tunnel.agent->receive();
  tunnel.server->send(pattern(3'000'000));
  tunnel.agent->send(pattern(2'000'000, 17));
  ASSERT_TRUE(until(
      [&] { return tunnel.agent->received().size() >= 3'000'000 && tunnel.server->received().size() >= 2'000'000; }));
  EXPECT_TRUE(tunnel.agent->received() == pattern(3'000'000));
  EXPECT_TRUE(tunnel.server->received() == pattern(2'000'000, 17));
}

TEST_F(PairTest, AFailedDialKeepsTheAgentsWordsAndGetsItsClass) {
  RunningDial dial(shard_, *agents_.part, request_for(shard_));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  dialer().dials[0]->fail(DialErrc::refused, "dial tcp 10.0.0.1:443: connect: connection refused");
  ASSERT_TRUE(until([&] { return dial.done(); }));
  ASSERT_FALSE(*dial.result);
  EXPECT_EQ(dial.result->error().code, DialErrc::refused);
  EXPECT_EQ(dial.result->error().text, "dial tcp 10.0.0.1:443: connect: connection refused");
  EXPECT_EQ(agents_.host.metrics().counted("konduit_agent_dials_total", {{"result", "refused"}}), 1u);
}

TEST_F(PairTest, WordsThatAreNoUtf8DoNotEndTheStreamOfAllTunnels) {
  TunnelEnds other = open();
  dialer().at_once = false;
  RunningDial dial(shard_, *agents_.part, request_for(shard_));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 2; }));
  dialer().dials[1]->fail(DialErrc::refused, "no \xff\xfe text");
  ASSERT_TRUE(until([&] { return dial.done(); }));
  EXPECT_FALSE(*dial.result);
  other.agent->receive();
  other.server->send("still here");
  EXPECT_TRUE(until([&] { return other.agent->received() == "still here"; }));
}

TEST_F(PairTest, ACancelledDialIsCancelledAtTheAgentAndLeavesNothing) {
  RunningDial dial(shard_, *agents_.part, request_for(shard_));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  dial.cancel();
  ASSERT_TRUE(until([&] { return dial.done() && dialer().dials[0]->cancelled; }));
  EXPECT_EQ(dial.result->error().code, DialErrc::cancelled);
}

TEST_F(PairTest, ADialThatTheAgentDoesNotAnswerTimesOut) {
  shard_.deadlines().fake_clock();
  RunningDial dial(shard_, *agents_.part, request_for(shard_, "10.0.0.1", 443, 5s));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  shard_.deadlines().advance(6s);
  ASSERT_TRUE(until([&] { return dial.done(); }));
  EXPECT_EQ(dial.result->error().code, DialErrc::timeout);
  EXPECT_TRUE(until([&] { return dialer().dials[0]->cancelled; }));
}

TEST_F(PairTest, WhatTheServersEndWroteIsDeliveredBeforeItsClose) {
  TunnelEnds tunnel = open();
  tunnel.server->send(pattern(kUnread));
  ASSERT_TRUE(until([&] { return tunnel.server->unsent() == 0; }));
  tunnel.server->close();
  // The agent's end is slow: it begins to read when the close has long come.
  ASSERT_TRUE(until([&] { return tunnel.agent->closes() == 1; }));
  EXPECT_EQ(tunnel.agent->close_reason(), make_error_code(StreamErrc::hangup));
  EXPECT_EQ(tunnel.server->closes(), 1u);
  EXPECT_FALSE(tunnel.server->close_reason().failed());
  tunnel.agent->receive();
  ASSERT_TRUE(until([&] { return tunnel.agent->read_end().failed(); }));
  EXPECT_TRUE(end_of_stream(tunnel.agent->read_end()));
  EXPECT_TRUE(tunnel.agent->received() == pattern(kUnread));
}

TEST_F(PairTest, WhatTheAgentsEndWroteIsDeliveredBeforeItsClose) {
  TunnelEnds tunnel = open();
  tunnel.agent->send(pattern(kUnread));
  ASSERT_TRUE(until([&] { return tunnel.agent->unsent() == 0; }));
  tunnel.agent->close();
  ASSERT_TRUE(until([&] { return tunnel.agent->closes() == 1 && tunnel.server->closes() == 1; }));
  tunnel.server->receive();
  ASSERT_TRUE(until([&] { return tunnel.server->read_end().failed(); }));
  EXPECT_TRUE(end_of_stream(tunnel.server->read_end()));
  EXPECT_TRUE(tunnel.server->received() == pattern(kUnread));
}

TEST_F(PairTest, BothEndsMayCloseAtOnce) {
  TunnelEnds tunnel = open();
  tunnel.server->close();
  tunnel.agent->close();
  EXPECT_TRUE(until([&] { return tunnel.server->closes() == 1 && tunnel.agent->closes() == 1; }));
  tunnel = open();
  tunnel.server->receive();
  tunnel.agent->send("and the next one works");
  EXPECT_TRUE(until([&] { return tunnel.server->received() == "and the next one works"; }));
}

TEST_F(PairTest, AnEndThatVanishesEndsTheOther) {
  TunnelEnds tunnel = open();
  tunnel.agent->receive();
  tunnel.server->destroy();
  ASSERT_TRUE(until([&] { return tunnel.agent->read_end().failed() && tunnel.agent->closes() == 1; }));
  tunnel = open();
  tunnel.server->receive();
  tunnel.agent->destroy();
  EXPECT_TRUE(until([&] { return tunnel.server->read_end().failed() && tunnel.server->closes() == 1; }));
}

TEST_F(PairTest, ADialThatTheServerGaveUpWhileItSucceededIsClosedAtTheAgent) {
  RunningDial dial(shard_, *agents_.part, request_for(shard_));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  dialer().dials[0]->succeed();
  dial.cancel();
  ASSERT_TRUE(until([&] { return dial.done(); }));
  if (!*dial.result && dialer().dials[0]->spliced) {
    StreamUser agent(shard_, std::move(dialer().dials[0]->spliced));
    agent.receive();
    EXPECT_TRUE(until([&] { return agent.read_end().failed(); }));
  }
}

TEST_F(PairTest, TunnelsAreToldWhenTheirAgentIsLost) {
  TunnelEnds tunnel = open();
  tunnel.server->receive();
  tunnel.agent->send("last words");
  ASSERT_TRUE(until([&] { return tunnel.server->received() == "last words"; }));
  uplink_.stop();
  ASSERT_TRUE(until([&] { return tunnel.server->closes() == 1; }));
  EXPECT_EQ(tunnel.server->read_end(), make_error_code(StreamErrc::reset));
  EXPECT_TRUE(until([&] { return !agents_.part->has_agents(); }));
}

TEST_F(PairTest, AStalledReaderStopsItsWriterAndNotTheOtherTunnel) {
  TunnelEnds stalled = open();
  TunnelEnds moving = open();
  moving.server->receive();
  stalled.agent->send(pattern(1'500'000));
  moving.agent->send(pattern(8'000'000));
  ASSERT_TRUE(until([&] { return moving.server->received().size() == 8'000'000; }));
  EXPECT_TRUE(moving.server->received() == pattern(8'000'000));
  EXPECT_GT(stalled.agent->unsent(), 1'000'000u);
  stalled.server->receive();
  ASSERT_TRUE(until([&] { return stalled.server->received().size() == 1'500'000; }));
  EXPECT_TRUE(stalled.server->received() == pattern(1'500'000));
}

TEST_F(PairTest, WhatOneStalledReaderHoldsIsBounded) {
  TunnelEnds stalled = open();
  const std::string text = pattern(64 * 1024 * 1024);
  stalled.agent->send(text);
  for (int turn = 0; turn < 3000; ++turn) shard_.run_turn(Duration::zero());
  EXPECT_EQ(stalled.agent->unsent(), text.size() - agents_.host.budget().share());
  stalled.server->receive();
  ASSERT_TRUE(until([&] { return stalled.server->received().size() == text.size(); }));
  EXPECT_TRUE(stalled.server->received() == text);
}

TEST_F(PairTest, ManyTunnelsShareTheStreamFairly) {
  shard_.deadlines().fake_clock();  // windows grow by time, and none is to be favoured by a busy machine
  std::vector<TunnelEnds> tunnels;
  for (int i = 0; i < 8; ++i) tunnels.push_back(open());
  const std::string text = pattern(4 * 1024 * 1024);
  for (TunnelEnds& tunnel : tunnels) {
    tunnel.server->receive();
    tunnel.agent->send(text);
  }
  // When the first one is through, the others must not be far behind.
  ASSERT_TRUE(until([&] {
    return std::any_of(tunnels.begin(), tunnels.end(),
                       [&](const TunnelEnds& tunnel) { return tunnel.server->received().size() == text.size(); });
  }));
  for (const TunnelEnds& tunnel : tunnels) EXPECT_GT(tunnel.server->received().size(), text.size() / 2);
  ASSERT_TRUE(until([&] {
    return std::all_of(tunnels.begin(), tunnels.end(),
                       [&](const TunnelEnds& tunnel) { return tunnel.server->received().size() == text.size(); });
  }));
  for (const TunnelEnds& tunnel : tunnels) EXPECT_TRUE(tunnel.server->received() == text);
}

TEST_F(PairTest, ADrainingAgentServesOnUntilItsLastTunnelEnds) {
  TunnelEnds tunnel = open();
  tunnel.agent->receive();
  bool drained = false;
  TaskGroup tasks(shard_);
  struct Drain {
    static awaitable<void> run(FrontendPart* part, Shard* shard, bool* done) {
      co_await part->drain(shard->now() + 10s);
      *done = true;
    }
  };
  tasks.spawn(Drain::run(uplink_.part.get(), &shard_, &drained));
  ASSERT_TRUE(until([&] { return agents_.host.log().has("draining"); }));
  tunnel.server->send("still served");
  ASSERT_TRUE(until([&] { return tunnel.agent->received() == "still served"; }));
  EXPECT_FALSE(drained);
  tunnel.server->close();
  tunnel.agent->close();
  EXPECT_TRUE(until([&] { return drained; }));
  testkit::await(shard_, tasks.join());
}

TEST_F(PairTest, AnIdleTunnelIsSmall) { EXPECT_LT(sizeof(TunnelStream), 512u); }

/// The same two ends under the suite that every stream must pass.
class ConnectedTunnel final : public testkit::ConnectedStreams {
 public:
  explicit ConnectedTunnel(bool swapped) : agents_(shard_), uplink_(shard_, agents_.host.network, {"tcp://agents"}) {
    testkit::run_until(shard_, [this] { return agents_.part->has_agents(); });
    uplink_.dialer.at_once = true;
    first = std::move(*testkit::await(shard_, agents_.part->dial(request_for(shard_))));
    testkit::run_until(shard_, [this] { return uplink_.dialer.dials[0]->spliced != nullptr; });
    second = std::move(uplink_.dialer.dials[0]->spliced);
    if (swapped) std::swap(first, second);
  }
  Shard& shard() override { return shard_; }

 private:
  Shard shard_;
  AgentsStation agents_;
  UplinkStation uplink_;
};

testkit::StreamKind tunnel_kind(std::string name, bool swapped) {
  testkit::StreamTraits traits;
  traits.big_transfer = 16 * 1024 * 1024;
  traits.bound = 16 * 1024 * 1024;
  return {std::move(name), [swapped] { return std::make_unique<ConnectedTunnel>(swapped); }, traits};
}

}  // namespace
}  // namespace konduit::transport_grpc

namespace konduit::testkit {

INSTANTIATE_TEST_SUITE_P(Tunnel, StreamConformance,
                         testing::Values(transport_grpc::tunnel_kind("from_server", false),
                                         transport_grpc::tunnel_kind("from_agent", true)),
                         kind_name);

}  // namespace konduit::testkit
