#include "pipeline/tunnel_quota.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace konduit::pipeline {
namespace {

Peer peer(std::string address, std::string identity = {}) { return {std::move(address), nullptr, std::move(identity)}; }

TEST(TunnelQuotaTest, RefusesWhatGoesBeyondAndTakesTheNextWhenOneHasEnded) {
  TunnelQuota quota(2, 0);
  auto first = quota.take(peer("uds://"));
  auto second = quota.take(peer("uds://"));
  ASSERT_TRUE(first && second);
  const auto third = quota.take(peer("uds://"));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, DialErrc::overloaded);
  EXPECT_NE(third.error().text.find("runtime.max_tunnels (2)"), std::string::npos);
  *second = TunnelQuota::Place();
  EXPECT_EQ(quota.taken(), 1u);
  EXPECT_TRUE(quota.take(peer("uds://")));
}

TEST(TunnelQuotaTest, OneClientCannotTakeThePlacesOfAnother) {
  TunnelQuota quota(100, 1);
  const auto first = quota.take(peer("tcp://192.0.2.7:1111"));
  ASSERT_TRUE(first);
  const auto same_host = quota.take(peer("tcp://192.0.2.7:2222"));
  ASSERT_FALSE(same_host);
  EXPECT_EQ(same_host.error().code, DialErrc::overloaded);
  EXPECT_EQ(quota.taken(), 1u);
  EXPECT_TRUE(quota.take(peer("tcp://192.0.2.8:1111")));
  EXPECT_TRUE(quota.take(peer("tcp://192.0.2.7:3333", "somebody else")));
}

TEST(TunnelQuotaTest, APlaceIsGivenBackOnce) {
  TunnelQuota quota(10, 10);
  {
    auto taken = quota.take(peer("tcp://[2001:db8::1]:1111"));
    ASSERT_TRUE(taken);
    TunnelQuota::Place moved = std::move(*taken);
    TunnelQuota::Place again;
    again = std::move(moved);
    EXPECT_EQ(quota.taken(), 1u);
  }
  EXPECT_EQ(quota.taken(), 0u);
}

}  // namespace
}  // namespace konduit::pipeline
