// What dashboards are told of dials, agents, streams and servers.
#include <gtest/gtest.h>

#include <chrono>

#include "agents_fixture.hpp"
#include "proxy_fixture.hpp"

namespace konduit::transport_grpc {
namespace {

class AgentsMeasures : public AgentsFixture {
 protected:
  std::uint64_t failures(std::string_view reason) {
    return station_->host.metrics().counted("konduit_agent_dial_failures_total", {{"reason", reason}});
  }
  std::int64_t pending() { return station_->host.metrics().gauged("konduit_agent_dials_pending"); }
  std::int64_t pickable() {
    return station_->host.metrics().gauged("konduit_agents_pickable", {{"selector", "first/a"}});
  }
};

TEST_F(AgentsMeasures, ADialIsPendingAndThenTimed) {
  auto agent = join();
  auto running = dial(*agent);
  EXPECT_EQ(pending(), 1);
  EXPECT_EQ(station_->host.metrics().observed("konduit_agent_dial_seconds"), 0u);
  agent->send(dial_success(random(*agent), 1));
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_EQ(pending(), 0);
  EXPECT_EQ(station_->host.metrics().observed("konduit_agent_dial_seconds"), 1u);
}

TEST_F(AgentsMeasures, ADialThatFailsIsCountedByItsCause) {
  RunningDial alone(shard_, *station_->part, request_for(shard_));
  ASSERT_TRUE(until([&] { return alone.done(); }));
  EXPECT_EQ(failures("no_agent"), 1u);

  auto agent = join();
  auto refused = dial(*agent);
  agent->send(dial_failure(random(*agent), "dial tcp 10.0.0.1:443: connect: connection refused"));
  ASSERT_TRUE(until([&] { return refused->done(); }));
  EXPECT_EQ(failures("error_response"), 1u);

  auto cancelled = dial(*agent);
  const std::int64_t late = random(*agent);
  cancelled->cancel();
  ASSERT_TRUE(until([&] { return failures("frontend_close") == 1; }));
  agent->send(dial_success(late, 7));
  ASSERT_TRUE(until([&] { return failures("unrecognized_response") == 1; }));

  auto closed = dial(*agent);
  agent->send(dial_close(random(*agent)));
  ASSERT_TRUE(until([&] { return closed->done(); }));
  EXPECT_EQ(failures("backend_close"), 1u);

  auto lost = dial(*agent);
  agent->vanish();
  ASSERT_TRUE(until([&] { return lost->done(); }));
  EXPECT_EQ(failures("backend_close"), 2u);
  EXPECT_EQ(failures("backend_dial_timeout"), 0u);
  EXPECT_EQ(pending(), 0);
}

TEST_F(AgentsMeasures, AnAgentThatDoesNotAnswerIsATimeout) {
  shard_.deadlines().fake_clock();
  auto agent = join();
  auto running = dial(*agent);
  shard_.deadlines().advance(std::chrono::seconds(31));
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_EQ(failures("backend_dial_timeout"), 1u);
  EXPECT_EQ(pending(), 0);
}

TEST_F(AgentsMeasures, AgentsThatASelectorCouldPickAreCountedSoonAfterTheyChange) {
  shard_.deadlines().fake_clock();
  auto agent = join();
  EXPECT_EQ(pickable(), 0);
  settle();
  shard_.deadlines().advance(std::chrono::milliseconds(100));
  ASSERT_TRUE(until([&] { return pickable() == 1; }));
  agent->vanish();
  ASSERT_TRUE(until([&] { return station_->host.metrics().gauged("konduit_agents_connected") == 0; }));
  settle();
  EXPECT_EQ(pickable(), 1);
  shard_.deadlines().advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(until([&] { return pickable() == 0; }));
}

TEST_F(AgentsMeasures, AStreamThatBreaksIsCountedByItsCode) {
  auto agent = join();
  agent->vanish();
  ASSERT_TRUE(until([&] { return station_->host.metrics().counted("konduit_grpc_stream_errors_total") == 1; }));
  EXPECT_EQ(station_->host.metrics().counted("konduit_grpc_stream_errors_total",
                                             {{"direction", "received"}, {"packet_type", "Unknown"}}),
            1u);
}

TEST_F(AgentsMeasures, AnUnreadTunnelOfAStockAgentHoldsItsStreamBack) {
  auto agent = join();
  const StreamPtr tunnel = tunnel_stream(*agent, 1);
  const auto held = [this] { return station_->host.metrics().gauged("konduit_grpc_tunnels_held"); };
  EXPECT_EQ(held(), 0);
  const std::string piece(32 * 1024, 'x');
  for (int i = 0; i < 8; ++i) agent->send_data(1, piece);
  ASSERT_TRUE(until([&] { return held() == 1; }));
  tunnel->reset(ResetReason::cancelled);
  EXPECT_EQ(held(), 0);
}

using ProxyMeasures = ProxyTest;

TEST_F(ProxyMeasures, CallsAreCountedBesideConnections) {
  const auto& metrics = station_.host.metrics();
  const auto client = call();
  ASSERT_TRUE(until([&] { return metrics.gauged("konduit_grpc_client_streams") == 1; }));
  client->call("/ProxyService/Proxy");
  ASSERT_TRUE(until([&] { return metrics.gauged("konduit_grpc_client_streams") == 2; }));
  EXPECT_EQ(metrics.gauged("konduit_grpc_client_connections"), 1);
  client->vanish();
  EXPECT_TRUE(until([&] { return metrics.gauged("konduit_grpc_client_streams") == 0; }));
}

TEST_F(ProxyMeasures, WritesAreTimed) {
  const auto client = call();
  auto [target, id] = open(*client, 1);
  pass_gate();
  const auto before = station_.host.metrics().observed("konduit_grpc_write_wait_seconds");
  target->send("hello");
  ASSERT_TRUE(until([&] { return client->count(DATA) == 1; }));
  EXPECT_GT(station_.host.metrics().observed("konduit_grpc_write_wait_seconds"), before);
}

}  // namespace
}  // namespace konduit::transport_grpc
