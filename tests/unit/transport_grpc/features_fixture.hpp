#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agents_fixture.hpp"
#include "konduit/testkit/memory_stream.hpp"

namespace konduit::transport_grpc {

/// Agents that say what the test wants, and announce the features that it wants.
class FeaturesFixture : public AgentsFixture {
 protected:
  static constexpr std::int64_t kCredit = 100'000;

  std::unique_ptr<RawPeer> join_with(std::string features, const http2::Settings& settings = {}) {
    StreamPtr stream = station_->connect();
    wire_ = dynamic_cast<testkit::MemoryStream*>(stream.get());
    auto agent = std::make_unique<RawPeer>(shard_, std::move(stream), http2::Role::client, settings);
    agent->call("/AgentService/Connect", {{"agentid", "node-1"}, {"konduit-features", std::move(features)}});
    EXPECT_TRUE(until([&] { return agent->of().head.has_value(); }));
    return agent;
  }
  std::unique_ptr<testkit::StreamUser> tunnel_with(RawPeer& agent, std::int64_t id, std::int64_t credit = kCredit) {
    auto running = dial(agent);
    agent.send(dial_success(random(agent), id, credit));
    EXPECT_TRUE(until([&] { return running->done(); }));
    return std::make_unique<testkit::StreamUser>(shard_, std::move(**running->result));
  }
  testkit::MemoryStream* wire_ = nullptr;  // of the last agent that joined so

  std::int64_t share() { return static_cast<std::int64_t>(station_->host.budget().share()); }
  std::uint64_t cut(std::string_view reason) {
    return station_->host.metrics().counted("konduit_tunnels_cut_total", {{"reason", reason}});
  }
};

}  // namespace konduit::transport_grpc
