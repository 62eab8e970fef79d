#include "kube/lease.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace konduit::kube {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const WallTime kNoon = WallTime(1'795'000'000s);

TEST(LeaseTest, ReadsWhatKubernetesWrites) {
  const auto lease = parse_lease(R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{
      "name":"konnectivity-proxy-server-a","namespace":"kube-system","resourceVersion":"42","labels":{"k8s-app":"x"}},
      "spec":{"holderIdentity":"a","leaseDurationSeconds":30,"acquireTime":"2026-11-26T02:00:00.000000Z",
      "renewTime":"2026-11-26T02:03:58.250000Z","leaseTransitions":1}})");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->name, "konnectivity-proxy-server-a");
  EXPECT_EQ(lease->resource_version, "42");
  EXPECT_EQ(lease->holder, "a");
  EXPECT_EQ(lease->duration, 30s);
  EXPECT_THAT(lease->labels, ElementsAre(Pair("k8s-app", "x")));
  ASSERT_TRUE(lease->renewed && lease->acquired);
  EXPECT_EQ(*lease->renewed - *lease->acquired, 238'250ms);
}

TEST(LeaseTest, WritesWhatItReads) {
  const Lease written{.name = "n",
                      .labels = {{"a", "b"}},
                      .resource_version = "7",
                      .holder = "h",
                      .duration = 30s,
                      .acquired = kNoon,
                      .renewed = kNoon + 5s};
  const std::string text = lease_text(written, "kube-system");
  EXPECT_THAT(text, HasSubstr(R"("namespace":"kube-system")"));
  const auto read = parse_lease(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->labels, written.labels);
  EXPECT_EQ(read->resource_version, "7");
  EXPECT_EQ(read->holder, "h");
  EXPECT_EQ(read->duration, written.duration);
  EXPECT_EQ(read->acquired, written.acquired);
  EXPECT_EQ(read->renewed, written.renewed);
}

TEST(LeaseTest, HoldsUntilItsDurationBehindTheLastRenewal) {
  Lease lease{.name = "n", .duration = 30s, .acquired = kNoon - 1h, .renewed = kNoon};
  EXPECT_TRUE(lease.valid_at(kNoon + 29s));
  EXPECT_FALSE(lease.valid_at(kNoon + 30s));
  lease.renewed.reset();
  EXPECT_FALSE(lease.valid_at(kNoon));
  lease.acquired = kNoon - 10s;
  EXPECT_TRUE(lease.valid_at(kNoon));
}

TEST(LeaseTest, NeverHoldsWithoutADurationOrATime) {
  const auto without_duration =
      parse_lease(R"({"metadata":{"name":"n"},"spec":{"renewTime":"2026-11-26T02:03:58.250000Z"}})");
  ASSERT_TRUE(without_duration);
  EXPECT_FALSE(without_duration->valid_at(*without_duration->renewed));
  const auto without_time = parse_lease(R"({"metadata":{"name":"n"},"spec":{"leaseDurationSeconds":30}})");
  ASSERT_TRUE(without_time);
  EXPECT_FALSE(without_time->valid_at(kNoon));
  const auto bare = parse_lease(R"({"metadata":{"name":"n"}})");
  ASSERT_TRUE(bare);
  EXPECT_FALSE(bare->valid_at(kNoon));
}

TEST(LeaseTest, TakesFieldsOfAWrongTypeForMissing) {
  const auto lease = parse_lease(R"({"metadata":{"name":"n","labels":["x"],"resourceVersion":3},
      "spec":{"holderIdentity":{},"leaseDurationSeconds":"30","renewTime":5}})");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->resource_version, "");
  EXPECT_EQ(lease->duration, std::nullopt);
  for (const char* duration : {"-1", "0", "1e300", "99999999999999999999", "true"}) {
    const auto odd =
        parse_lease(R"({"metadata":{"name":"n"},"spec":{"leaseDurationSeconds":)" + std::string(duration) + "}}");
    ASSERT_TRUE(odd) << duration;
    EXPECT_EQ(odd->duration, std::nullopt) << duration;
  }
}

TEST(LeaseTest, RefusesWhatIsNoLease) {
  for (const char* text : {"", "[]", "{}", "null", R"({"metadata":{}})", R"({"metadata":{"name":5}})", "{"}) {
    EXPECT_FALSE(parse_lease(text)) << text;
  }
  EXPECT_FALSE(parse_lease(std::string(100'000, '[')));
}

TEST(TimeText, IsKubernetesMicroTime) {
  EXPECT_EQ(time_text(WallTime(0s)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(time_text(WallTime(1'795'000'000s + 1'500us)), "2026-11-18T11:06:40.001500Z");
}

TEST(TimeText, IsReadWithAnyFractionAndOffset) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:10Z"), WallTime(10s));
  EXPECT_EQ(parse_time("1970-01-01T00:00:10.5Z"), WallTime(10'500ms));
  EXPECT_EQ(parse_time("1970-01-01T00:00:10.123456789Z"), WallTime(10'123'456us));
  EXPECT_EQ(parse_time("1970-01-01T02:30:00+01:30"), WallTime(1h));
  EXPECT_EQ(parse_time("1970-01-01T00:00:00-01:00"), WallTime(1h));
  EXPECT_EQ(parse_time("2024-02-29T00:00:00Z"), WallTime(1'709'164'800s));
}

TEST(TimeText, IsRefusedWhereItIsNone) {
  for (const char* text :
       {"", "now", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z", "1970-13-01T00:00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T00:00:00Zx", "9999-01-01T00:00:00Z", "-970-01-01T00:00:00Z",
        "1970-01-01T00:00:00+1:00", "0000-00-00T00:00:00Z", "1970-01-01T00:00:00+00:01"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace konduit::kube
