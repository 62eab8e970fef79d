#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "raw_peer.hpp"
#include "stations.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {

/// The `agents` backend and agents that say what the test wants.
class AgentsFixture : public testing::Test {
 protected:
  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }

  std::unique_ptr<RawPeer> connect() {
    return std::make_unique<RawPeer>(shard_, station_->connect(), http2::Role::client);
  }
  std::unique_ptr<RawPeer> join(std::string id = "node-1") {
    auto agent = connect();
    const auto before = station_->host.metrics().gauged("konduit_agents_connected");
    agent->call("/AgentService/Connect", {{"agentid", std::move(id)}, {"agentidentifiers", "ipv4=10.0.0.1"}});
    EXPECT_TRUE(until(
        [&] { return agent->of().head && station_->host.metrics().gauged("konduit_agents_connected") == before + 1; }));
    return agent;
  }
  /// A dial that has reached `agent`.
  std::unique_ptr<RunningDial> dial(RawPeer& agent) {
    const std::size_t before = agent.count(DIAL_REQ);
    auto dial = std::make_unique<RunningDial>(shard_, *station_->part, request_for(shard_));
    EXPECT_TRUE(until([&] { return agent.count(DIAL_REQ) == before + 1; }));
    return dial;
  }
  std::int64_t random(RawPeer& agent) { return agent.heard(DIAL_REQ).packet.dialrequest().random(); }
  StreamPtr tunnel_stream(RawPeer& agent, std::int64_t connect_id) {
    auto running = dial(agent);
    agent.send(dial_success(random(agent), connect_id));
    EXPECT_TRUE(until([&] { return running->done(); }));
    EXPECT_TRUE(*running->result);
    return std::move(**running->result);
  }
  std::unique_ptr<testkit::StreamUser> tunnel(RawPeer& agent, std::int64_t connect_id) {
    return std::make_unique<testkit::StreamUser>(shard_, tunnel_stream(agent, connect_id));
  }

  Shard shard_;
  std::unique_ptr<AgentsStation> station_ = std::make_unique<AgentsStation>(shard_);
};

}  // namespace konduit::transport_grpc
