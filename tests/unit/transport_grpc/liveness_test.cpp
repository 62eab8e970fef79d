#include <gtest/gtest.h>

#include "stations.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;

config::Node with_liveness(config::Node node) {
  node.add("liveness", nodes::map({{"enabled", nodes::text("true")},
                                   {"idle", nodes::text("7s")},
                                   {"interval", nodes::text("4s")},
                                   {"probes", nodes::text("6")},
                                   {"user_timeout", nodes::text("33s")}}));
  return node;
}

void expect_as_configured(const Liveness& liveness) {
  EXPECT_TRUE(liveness.enabled);
  EXPECT_EQ(liveness.idle, 7s);
  EXPECT_EQ(liveness.interval, 4s);
  EXPECT_EQ(liveness.probes, 6u);
  EXPECT_EQ(liveness.user_timeout, 33s);
}

TEST(LinkLiveness, OfAgentsIsWhatTheDocumentSays) {
  Shard shard;
  const AgentsStation station(shard, with_liveness(nodes::agents()));
  ASSERT_EQ(station.host.listened().size(), 1u);
  expect_as_configured(station.host.listened()[0].liveness);
}

TEST(LinkLiveness, OfClientsIsThatOfATunnelLink) {
  Shard shard;
  const ProxyStation station(shard);
  ASSERT_EQ(station.host.listened().size(), 1u);
  EXPECT_TRUE(station.host.listened()[0].liveness.enabled);
}

TEST(LinkLiveness, OfAnUplinkIsWhatTheDocumentSays) {
  Shard shard;
  testkit::MemoryNetwork network;
  const UplinkStation station(shard, network, {}, with_liveness(nodes::uplink()));
  ASSERT_EQ(station.host.connected().size(), 1u);
  expect_as_configured(station.host.connected()[0].liveness);
}

}  // namespace
}  // namespace konduit::transport_grpc
