#include "http2/abuse_policy.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace konduit::http2 {
namespace {

constexpr FrameHeader kSettings{0, FrameType::settings, 0};
constexpr FrameHeader kData{100, FrameType::data, 0};
constexpr FrameHeader kWindowUpdate{4, FrameType::window_update, 0};
constexpr FrameHeader kPingAck{8, FrameType::ping, FrameHeader::kAck};

class AbusePolicyTest : public ::testing::Test {
 protected:
  AbusePolicyTest() {
    limits_.resets = {2, 10};
    limits_.idle_frames = {2, 10};
    limits_.window_updates = {2, 10};
    limits_.waiting_frames = 100;
    limits_.streams = 3;
    limits_.header_list = 100;
    limits_.header_fields = 3;
    limits_.header_block = 1000;
    limits_.continuations = 2;
  }
  AbusePolicy policy(Role role = Role::server) const { return AbusePolicy(role, limits_); }
  void pass(Duration time) { now_ += time; }

  Limits limits_;
  TimePoint now_ = TimePoint{} + std::chrono::hours(1);
};

TEST_F(AbusePolicyTest, IdleFramesHaveARate) {
  AbusePolicy judge = policy();
  EXPECT_EQ(judge.frame(kSettings, now_), "");
  EXPECT_EQ(judge.idle_frame(now_), "");
  EXPECT_EQ(judge.frame(kSettings, now_), "too many frames that carry nothing");
  pass(std::chrono::milliseconds(100));
  EXPECT_EQ(judge.frame(kSettings, now_), "");
  EXPECT_NE(judge.frame(kSettings, now_), "");
}

TEST_F(AbusePolicyTest, FramesWithAPurposeHaveNone) {
  AbusePolicy judge = policy();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(judge.frame(kData, now_), "");
    EXPECT_EQ(judge.frame({0, FrameType::data, FrameHeader::kEndStream}, now_), "");
    EXPECT_EQ(judge.frame({8, FrameType::ping, 0}, now_), "");
    EXPECT_EQ(judge.frame({0, FrameType::settings, FrameHeader::kAck}, now_), "");
    EXPECT_EQ(judge.frame({50, FrameType::headers, FrameHeader::kEndHeaders}, now_), "");
    EXPECT_EQ(judge.frame({4, FrameType::rst_stream, 0}, now_), "");
  }
}

TEST_F(AbusePolicyTest, EveryKindOfIdleFrameCounts) {
  for (const FrameHeader frame :
       {kSettings, FrameHeader{0, FrameType::data, 0}, FrameHeader{5, FrameType::priority, 0},
        FrameHeader{8, FrameType::goaway, 0}, FrameHeader{7, FrameType::push_promise, 4}, kPingAck,
        FrameHeader{0, static_cast<FrameType>(99), 0}, FrameHeader{9000, static_cast<FrameType>(255), 255}}) {
    AbusePolicy judge = policy();
    EXPECT_EQ(judge.frame(frame, now_), "");
    EXPECT_EQ(judge.frame(frame, now_), "");
    EXPECT_EQ(judge.frame(frame, now_), "too many frames that carry nothing") << static_cast<int>(frame.type);
  }
}

TEST_F(AbusePolicyTest, AcksOfPingsAreExplainedByPings) {
  AbusePolicy judge = policy();
  for (int i = 0; i < 1000; ++i) judge.ping_sent();
  for (int i = 0; i < 1002; ++i) EXPECT_EQ(judge.frame(kPingAck, now_), "");
  EXPECT_NE(judge.frame(kPingAck, now_), "");
}

TEST_F(AbusePolicyTest, WindowUpdatesAreExplainedByDataAndStreams) {
  AbusePolicy judge = policy();
  for (int i = 0; i < 1000; ++i) {
    judge.data_sent();
    EXPECT_EQ(judge.frame(kWindowUpdate, now_), "");
    EXPECT_EQ(judge.frame(kWindowUpdate, now_), "");
    judge.stream_opened();
    EXPECT_EQ(judge.frame(kWindowUpdate, now_), "");
  }
  EXPECT_EQ(judge.frame(kWindowUpdate, now_), "");
  EXPECT_EQ(judge.frame(kWindowUpdate, now_), "too many WINDOW_UPDATE frames");
}

TEST_F(AbusePolicyTest, ResetsOfAClientHaveARateWhoeverResets) {
  AbusePolicy judge = policy();
  EXPECT_EQ(judge.reset_received(now_), "");
  EXPECT_EQ(judge.reset_provoked(now_), "");
  EXPECT_EQ(judge.reset_received(now_), "too many streams are reset");
  EXPECT_EQ(judge.reset_provoked(now_), "too many streams are reset");
}

TEST_F(AbusePolicyTest, ResetsOfAServerAreExplainedByStreams) {
  AbusePolicy judge = policy(Role::client);
  for (int i = 0; i < 1000; ++i) judge.stream_opened();
  for (int i = 0; i < 1002; ++i) {
    EXPECT_EQ(judge.reset_received(now_), "");
    EXPECT_EQ(judge.reset_provoked(now_), "");
  }
  EXPECT_EQ(judge.reset_received(now_), "too many frames that carry nothing");
}

TEST_F(AbusePolicyTest, WaitingFramesHaveABound) {
  EXPECT_EQ(policy().frames_wait(100), "");
  EXPECT_EQ(policy().frames_wait(101), "too many frames wait because the peer does not read");
}

TEST_F(AbusePolicyTest, StreamsAtOnceHaveABoundUnlessItIsZero) {
  EXPECT_TRUE(policy().allows_stream(2));
  EXPECT_FALSE(policy().allows_stream(3));
  limits_.streams = 0;
  EXPECT_TRUE(policy().allows_stream(1'000'000));
}

TEST_F(AbusePolicyTest, AHeaderListIsBoundedInBytes) {
  AbusePolicy judge = policy();
  judge.header_list_begins();
  EXPECT_TRUE(judge.allows_field(10, 58));
  EXPECT_FALSE(judge.allows_field(0, 0));
  EXPECT_FALSE(judge.allows_field(0, 0));
  judge.header_list_begins();
  EXPECT_TRUE(judge.allows_field(0, 0));
}

TEST_F(AbusePolicyTest, AHeaderListIsBoundedInFields) {
  AbusePolicy judge = policy();
  judge.header_list_begins();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(judge.allows_field(0, 1));
  EXPECT_FALSE(judge.allows_field(0, 0));
}

TEST_F(AbusePolicyTest, ALargeFieldDoesNotOverflowTheSum) {
  AbusePolicy judge = policy();
  judge.header_list_begins();
  EXPECT_FALSE(judge.allows_field(static_cast<std::size_t>(-1) - 40, 0));
  EXPECT_FALSE(judge.allows_field(0, 100));
}

TEST_F(AbusePolicyTest, AHeaderBlockIsBoundedOverAllItsFrames) {
  AbusePolicy judge = policy();
  EXPECT_EQ(judge.frame({500, FrameType::headers, 0}, now_), "");
  EXPECT_EQ(judge.frame({500, FrameType::continuation, 0}, now_), "");
  EXPECT_EQ(judge.frame({1, FrameType::continuation, 4}, now_), "a header block is too large");
  EXPECT_EQ(judge.frame({500, FrameType::headers, 4}, now_), "");
}

TEST_F(AbusePolicyTest, AHeaderBlockHasABoundedNumberOfFrames) {
  AbusePolicy judge = policy();
  for (const FrameType first : {FrameType::headers, FrameType::push_promise}) {
    EXPECT_EQ(judge.frame({0, first, 0}, now_), "");
    EXPECT_EQ(judge.frame({0, FrameType::continuation, 0}, now_), "");
    EXPECT_EQ(judge.frame({0, FrameType::continuation, 0}, now_), "");
    EXPECT_EQ(judge.frame({0, FrameType::continuation, 0}, now_), "too many CONTINUATION frames in a header block");
  }
}

TEST(LimitsTest, TrustedClientsMayResetThousandsOfStreamsASecond) {
  AbusePolicy judge(Role::server, Limits::trusted());
  TimePoint now = TimePoint{} + std::chrono::hours(1);
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < 20'000; ++i) ASSERT_EQ(judge.reset_received(now), "");
    now += std::chrono::seconds(1);
  }
}

TEST(LimitsTest, StrangersMayNot) {
  AbusePolicy judge(Role::server, {});
  const TimePoint now = TimePoint{} + std::chrono::hours(1);
  int resets = 0;
  while (resets < 10'000 && judge.reset_received(now).empty()) ++resets;
  EXPECT_EQ(resets, 1000);
}

TEST(TokenBucketTest, RefillsWithTimeUpToItsBurst) {
  TokenBucket bucket({2, 10});
  TimePoint now = TimePoint{} + std::chrono::hours(1);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  now += std::chrono::milliseconds(100);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  now += std::chrono::hours(1);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
}

TEST(TokenBucketTest, GivesBackUpToItsBurst) {
  TokenBucket bucket({2, 0});
  const TimePoint now = TimePoint{} + std::chrono::hours(1);
  bucket.give(100);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  bucket.give(1);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
}

}  // namespace
}  // namespace konduit::http2
