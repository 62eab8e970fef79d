#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "stations.hpp"

namespace konduit::transport_grpc {

/// A server and an agent that are connected, and the tunnels between them.
class PairTest : public testing::Test {
 protected:
  struct TunnelEnds {
    std::unique_ptr<testkit::StreamUser> server;  // what the server's relay holds
    std::unique_ptr<testkit::StreamUser> agent;   // what the agent's relay holds
  };

  explicit PairTest(std::shared_ptr<Listener> listener = nullptr, std::shared_ptr<Connector> connector = nullptr)
      : agents_(shard_, nodes::agents(), std::move(listener)),
        uplink_(shard_, agents_.host.network, {"tcp://agents"}, nodes::uplink(), std::move(connector)) {}

  void SetUp() override {
    ASSERT_TRUE(until([&] { return agents_.part->has_agents(); })) << uplink_.host.log().text();
  }
  void TearDown() override {
    uplink_.stop();
    EXPECT_TRUE(until([&] { return agents_.host.metrics().gauged("konduit_agents_connected") == 0; }));
  }

  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  FakeDialer& dialer() { return uplink_.dialer; }

  TunnelEnds open() {
    TunnelEnds ends;
    const std::size_t index = dialer().dials.size();
    dialer().at_once = true;
    auto stream = testkit::await(shard_, agents_.part->dial(request_for(shard_)));
    EXPECT_TRUE(stream) << stream.error().text;
    if (!stream) return ends;
    EXPECT_TRUE(until([&] { return dialer().dials.at(index)->spliced != nullptr; }));
    ends.server = std::make_unique<testkit::StreamUser>(shard_, std::move(*stream));
    ends.agent = std::make_unique<testkit::StreamUser>(shard_, std::move(dialer().dials.at(index)->spliced));
    return ends;
  }

  Shard shard_;
  AgentsStation agents_;
  UplinkStation uplink_;
};

}  // namespace konduit::transport_grpc
