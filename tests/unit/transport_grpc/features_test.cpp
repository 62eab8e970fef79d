#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "features_fixture.hpp"
#include "transport-grpc/peer_features.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::pattern;
using testkit::StreamUser;

TEST(PeerFeaturesTest, AreWhatBothUnderstand) {
  EXPECT_EQ(common_features("credit/1, half-close/1, reset/1"), kOwnFeatures);
  EXPECT_EQ(common_features("reset/1,credit/2 ,, teleport/1"), (PeerFeatures{false, false, true}));
  EXPECT_EQ(common_features(""), PeerFeatures{});
  EXPECT_EQ(common_features("credit"), PeerFeatures{});
}

TEST(PeerFeaturesTest, AreListedAsTheyAreRead) {
  EXPECT_EQ(feature_list(kOwnFeatures), "credit/1, half-close/1, reset/1");
  EXPECT_EQ(feature_list({}), "");
  EXPECT_EQ(common_features(feature_list({true, false, true})), (PeerFeatures{true, false, true}));
}

class FeaturesTest : public FeaturesFixture {
 protected:
  /// The agent, with these features, goes on to send after it has said that nothing follows.
  void expect_end_by_bytes_behind_half_close(std::string features) {
    auto agent = join_with(std::move(features));
    auto tunnel = tunnel_with(*agent, 7);
    agent->send(half_close(7));
    agent->send_data(7, "and another thing");
    EXPECT_TRUE(until([&] { return agent->count(RESET) == 1; }));
    EXPECT_EQ(cut("protocol"), 1u);
  }

  /// How many DATA packets tunnel 7 makes of `slices`, all of which it takes and the agent gets.
  std::uint64_t messages_of(RawPeer& agent, Stream& tunnel, BufferQueue& slices) {
    std::string bytes(slices.size(), '\0');
    slices.peek(std::as_writable_bytes(std::span(bytes)));
    const std::uint64_t before = sent_data();
    const Result<std::size_t> taken = tunnel.try_write(slices);
    EXPECT_EQ(taken.has_value() ? *taken : 0, bytes.size());
    settle();
    EXPECT_TRUE(agent.of().received[7] == bytes);
    return sent_data() - before;
  }
  /// The same of slices as long as the longest frame of HTTP/2, which leave no room for a header.
  std::uint64_t messages_of_eight_frames(RawPeer& agent, Stream& tunnel) {
    BufferQueue frames;
    const std::string bytes = pattern(8 * 16'384);
    for (std::size_t at = 0; at < bytes.size(); at += 16'384)
      frames.push_back(shard_.pool().copy(bytes.substr(at, 16'384)));
    return messages_of(agent, tunnel, frames);
  }
  std::uint64_t sent_data() {
    return station_->host.metrics().counted("konduit_grpc_packets_total",
                                            {{"direction", "sent"}, {"packet_type", "DATA"}});
  }
};

TEST_F(FeaturesTest, TheServerAnswersWithWhatBothUnderstand) {
  auto ours = join_with("reset/1, other/7, credit/1");
  EXPECT_EQ(ours->of().head->get("konduit-features"), "credit/1, reset/1");
  EXPECT_FALSE(join()->of().head->has("konduit-features"));
}

TEST_F(FeaturesTest, AStockAgentIsSentNothingOfIt) {
  auto agent = join();
  auto tunnel = StreamUser(shard_, tunnel_stream(*agent, 7));
  EXPECT_EQ(agent->heard(DIAL_REQ).packet.dialrequest().window(), 0);
  EXPECT_FALSE(tunnel.half_close());
  tunnel.receive();
  for (int i = 0; i < 100; ++i) agent->send_data(7, std::string(16'000, 'x'));
  ASSERT_TRUE(until([&] { return tunnel.received().size() == 1'600'000; }));
  tunnel.send(pattern(500'000));
  ASSERT_TRUE(until([&] { return agent->of().received[7].size() == 500'000; }));
  tunnel.reset();
  ASSERT_TRUE(until([&] { return agent->count(CLOSE_REQ) == 1; }));
  EXPECT_TRUE(agent->of().credit.empty());
  EXPECT_EQ(agent->count(HALF_CLOSE) + agent->count(RESET), 0u);
}

TEST_F(FeaturesTest, FramesOfAClientBecomeMessagesThatFillOneFrame) {
  auto agent = join_with("credit/1");
  auto tunnel = tunnel_with(*agent, 7, 1'000'000);
  EXPECT_EQ(messages_of_eight_frames(*agent, tunnel->stream()), 9u);
}

TEST_F(FeaturesTest, FramesOfAClientBecomeMessagesThatFillTwoForAStockAgent) {
  auto agent = join();
  StreamPtr tunnel = tunnel_stream(*agent, 7);
  EXPECT_EQ(messages_of_eight_frames(*agent, *tunnel), 5u);
}

TEST_F(FeaturesTest, SlicesWithRoomForAHeaderStayWhole) {
  auto agent = join_with("credit/1");
  auto tunnel = tunnel_with(*agent, 7, 1'000'000);
  BufferQueue slices;
  for (int i = 0; i < 2; ++i) {
    slices.push_back(shard_.pool().copy(pattern(100), proto::kDataHeadroom));
    slices.push_back(shard_.pool().copy(pattern(proto::data_slice(7)), proto::kDataHeadroom));
  }
  EXPECT_EQ(messages_of(*agent, tunnel->stream(), slices), 4u);
}

TEST_F(FeaturesTest, CreditThatEndsWithinASliceIsUsedUp) {
  auto agent = join_with("credit/1");
  auto tunnel = tunnel_with(*agent, 7, 100);
  BufferQueue slices;
  for (int i = 0; i < 2; ++i) slices.push_back(shard_.pool().copy(pattern(60)));
  const std::uint64_t before = sent_data();
  const Result<std::size_t> taken = tunnel->stream().try_write(slices);
  EXPECT_EQ(taken.has_value() ? *taken : 0, 100u);
  EXPECT_EQ(slices.size(), 20u);
  EXPECT_EQ(sent_data() - before, 1u);
  settle();
  EXPECT_EQ(agent->of().received[7], pattern(60) + pattern(60).substr(0, 40));
}

TEST_F(FeaturesTest, ATurnTowardsAStockAgentIsNoLongerThanThreeFrames) {
  auto agent = join();
  auto first = StreamUser(shard_, tunnel_stream(*agent, 7));
  auto second = StreamUser(shard_, tunnel_stream(*agent, 8));
  const std::string bytes = pattern(2'000'000);
  first.send(bytes);
  second.send(bytes);
  ASSERT_TRUE(until([&] { return first.unsent() + second.unsent() == 0; }));
  settle();
  EXPECT_TRUE(agent->of().received[7] == bytes);
  EXPECT_TRUE(agent->of().received[8] == bytes);
  // Between the first one's head start and the end of either.
  std::vector<std::size_t> turns;
  std::int64_t whose = 0;
  for (const RawPeer::Heard& heard : agent->of().packets) {
    if (!heard.data) continue;
    const std::int64_t id = heard.packet.data().connectid();
    if (std::exchange(whose, id) != id) turns.push_back(0);
    turns.back() += heard.packet.data().data().size();
  }
  ASSERT_GT(turns.size(), 20u);
  EXPECT_LE(*std::max_element(turns.begin() + 1, turns.end() - 1), proto::data_payload(8, 2) + proto::data_payload(8));
}

TEST_F(FeaturesTest, ManyTunnelsOfAStockAgentSendFullMessagesToo) {
  auto agent = join();
  std::vector<std::unique_ptr<StreamUser>> tunnels;
  const std::string bytes = pattern(200'000);
  for (std::int64_t id = 1; id <= 40; ++id) {
    tunnels.push_back(std::make_unique<StreamUser>(shard_, tunnel_stream(*agent, id)));
  }
  for (const auto& tunnel : tunnels) tunnel->send(bytes);
  ASSERT_TRUE(until([&] { return agent->of().received[40].size() == bytes.size(); }));
  settle();
  for (std::int64_t id = 1; id <= 40; ++id) EXPECT_TRUE(agent->of().received[id] == bytes) << id;
  EXPECT_LT(sent_data(), 40u * (bytes.size() / 20'000));
}

TEST_F(FeaturesTest, WhatAStockAgentMayNotKnowIsIgnoredWhenItSaysIt) {
  auto agent = join();
  auto tunnel = StreamUser(shard_, tunnel_stream(*agent, 7));
  tunnel.receive();
  agent->push(proto::encode_window(shard_.pool(), 7, 5));
  agent->send(half_close(7));
  agent->send(reset(7, ResetReason::overloaded));
  agent->send_data(7, "goes on");
  ASSERT_TRUE(until([&] { return tunnel.received() == "goes on"; }));
  EXPECT_FALSE(tunnel.read_end().failed());
}

TEST_F(FeaturesTest, NotAByteMoreIsSentThanThePeerTakes) {
  auto agent = join_with("credit/1");
  auto tunnel = tunnel_with(*agent, 7, 10'001);
  EXPECT_EQ(agent->heard(DIAL_REQ).packet.dialrequest().window(), share());
  tunnel->send(pattern(50'000));
  settle();
  EXPECT_EQ(agent->of().received[7].size(), 10'001u);
  agent->push(proto::encode_window(shard_.pool(), 7, 1));
  settle();
  EXPECT_EQ(agent->of().received[7].size(), 10'002u);
  agent->push(proto::encode_window(shard_.pool(), 7, 1'000'000));
  ASSERT_TRUE(until([&] { return agent->of().received[7].size() == 50'000; }));
  EXPECT_TRUE(agent->of().received[7] == pattern(50'000));
}

TEST_F(FeaturesTest, ATunnelWithoutCreditDoesNotHoldUpTheNext) {
  auto agent = join_with("credit/1");
  auto starved = tunnel_with(*agent, 7, 0);
  auto fed = tunnel_with(*agent, 8, 10'000'000);
  starved->send(pattern(3'000'000));
  fed->send(pattern(3'000'000));
  ASSERT_TRUE(until([&] { return agent->of().received[8].size() == 3'000'000; }));
  EXPECT_FALSE(agent->of().received.contains(7));
}

TEST_F(FeaturesTest, CreditIsGivenBackAsTheReaderReads) {
  auto agent = join_with("credit/1");
  auto tunnel = tunnel_with(*agent, 7);
  const auto window = static_cast<std::size_t>(share());
  agent->send_data(7, pattern(window));
  settle();
  EXPECT_FALSE(agent->of().credit.contains(7));
  tunnel->receive();
  ASSERT_TRUE(until([&] { return agent->of().credit[7] >= share(); }));
  EXPECT_TRUE(tunnel->received() == pattern(window));
}

TEST_F(FeaturesTest, WhoeverSendsMoreThanItMayLosesThatTunnelAlone) {
  auto agent = join_with("credit/1, reset/1");
  auto flooded = tunnel_with(*agent, 7);
  auto other = tunnel_with(*agent, 8);
  flooded->receive();
  other->receive();
  flooded->observe(true);
  agent->send_data(7, pattern(static_cast<std::size_t>(share()) + 1));
  agent->send_data(8, "unharmed");
  ASSERT_TRUE(until([&] { return agent->count(RESET) == 1 && other->received() == "unharmed"; }));
  EXPECT_EQ(agent->heard(RESET).packet.reset().connectid(), 7);
  EXPECT_EQ(agent->heard(RESET).packet.reset().code(), RESET_PROTOCOL_ERROR);
  ASSERT_TRUE(until([&] { return flooded->read_end().failed(); }));
  EXPECT_EQ(flooded->read_end(), make_error_code(StreamErrc::protocol));
  EXPECT_EQ(cut("protocol"), 1u);
  EXPECT_FALSE(agent->over);
}

TEST_F(FeaturesTest, CreditThatIsNoneOrOverflowsEndsItsTunnelAlone) {
  auto agent = join_with("credit/1, reset/1");
  std::int64_t id = 0;
  for (const std::int64_t bytes :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 41, std::numeric_limits<std::int64_t>::max()}) {
    auto tunnel = tunnel_with(*agent, ++id);
    agent->push(proto::encode_window(shard_.pool(), id, bytes));
    ASSERT_TRUE(until([&] { return agent->count(RESET) == static_cast<std::size_t>(id); })) << bytes;
    EXPECT_EQ(agent->heard(RESET).packet.reset().connectid(), id);
    EXPECT_TRUE(tunnel->write_end().failed() || tunnel->closes() == 1);
  }
  EXPECT_FALSE(agent->over);
}

TEST_F(FeaturesTest, AHalfCloseEndsOneDirectionAndNotTheOther) {
  auto agent = join_with("credit/1, half-close/1");
  auto tunnel = tunnel_with(*agent, 7);
  tunnel->receive();
  agent->send_data(7, "the last of it");
  agent->send(half_close(7));
  ASSERT_TRUE(until([&] { return end_of_stream(tunnel->read_end()); }));
  EXPECT_EQ(tunnel->received(), "the last of it");
  tunnel->send(pattern(50'000));
  ASSERT_TRUE(until([&] { return agent->of().received[7].size() == 50'000; }));
  EXPECT_TRUE(tunnel->half_close());
  ASSERT_TRUE(until([&] { return agent->count(HALF_CLOSE) == 1; }));
  EXPECT_EQ(tunnel->closes(), 0u);
  tunnel->close();
  EXPECT_TRUE(until([&] { return agent->count(CLOSE_REQ) == 1 && tunnel->closes() == 1; }));
}

TEST_F(FeaturesTest, BytesBehindAHalfCloseEndTheTunnel) {
  expect_end_by_bytes_behind_half_close("credit/1, half-close/1, reset/1");
}

TEST_F(FeaturesTest, BytesBehindAHalfCloseEndTheTunnelAlsoWithoutCredit) {
  expect_end_by_bytes_behind_half_close("half-close/1, reset/1");
}

TEST_F(FeaturesTest, AResetSaysWhyInBothDirections) {
  auto agent = join_with("reset/1");
  auto tunnel = tunnel_with(*agent, 7);
  tunnel->receive();
  agent->send_data(7, "before it");
  agent->send(reset(7, ResetReason::overloaded));
  ASSERT_TRUE(until([&] { return tunnel->read_end().failed(); }));
  EXPECT_EQ(tunnel->read_end(), make_error_code(StreamErrc::overloaded));
  EXPECT_EQ(tunnel->received(), "before it");

  auto second = tunnel_with(*agent, 8);
  second->reset(ResetReason::timed_out);
  ASSERT_TRUE(until([&] { return agent->count(RESET) == 1; }));
  EXPECT_EQ(agent->heard(RESET).packet.reset().connectid(), 8);
  EXPECT_EQ(agent->heard(RESET).packet.reset().code(), RESET_TIMED_OUT);
  // The id is free when the agent has confirmed, and only then.
  auto early = dial(*agent);
  agent->send(dial_success(random(*agent), 8));
  ASSERT_TRUE(until([&] { return early->done(); }));
  EXPECT_FALSE(*early->result);
  agent->send(close_response(8, ""));
  EXPECT_TRUE(tunnel_with(*agent, 8)->has_stream());
}

TEST_F(FeaturesTest, TowardsAStockAgentOnlyTheReaderThatStandsStillIsEnded) {
  shard_.deadlines().fake_clock();
  auto agent = join();
  auto stalled = StreamUser(shard_, tunnel_stream(*agent, 7));
  auto slow = StreamUser(shard_, tunnel_stream(*agent, 8));
  const std::string much = pattern(static_cast<std::size_t>(share()) + 400'000);
  for (std::size_t at = 0; at < much.size(); at += 16'000) {
    agent->send_data(7, much.substr(at, 16'000));
    agent->send_data(8, much.substr(at, 16'000));
  }
  settle();
  BufferQueue read;
  for (int second = 0; second < 12; ++second) {
    shard_.deadlines().advance(1s);
    ReadShape a_little;
    a_little.limit = 1000;
    EXPECT_TRUE(slow.try_read(read, a_little)) << second;
    settle();
  }
  EXPECT_EQ(stalled.closes(), 1u);
  EXPECT_EQ(stalled.close_reason(), make_error_code(StreamErrc::timed_out));
  EXPECT_EQ(slow.closes(), 0u);
  EXPECT_EQ(cut("stalled"), 1u);
  EXPECT_TRUE(until([&] { return agent->count(CLOSE_REQ) == 1; }));
  slow.receive();
  ASSERT_TRUE(until([&] { return read.size() + slow.received().size() == much.size(); }));
}

TEST_F(FeaturesTest, OfAStockAgentASlowReaderGets64MiBAndOneThatReadsNothingIsEndedWithinTenSeconds) {
  constexpr std::size_t kAll = 64 * 1024 * 1024;
  constexpr std::size_t kAtOnce = 1024 * 1024;
  shard_.deadlines().fake_clock();
  auto agent = join();
  auto stalled = StreamUser(shard_, tunnel_stream(*agent, 7));
  auto slow = StreamUser(shard_, tunnel_stream(*agent, 8));
  const std::string piece = pattern(16'384);
  for (std::size_t sent = 0; sent < static_cast<std::size_t>(share()) + kAtOnce; sent += piece.size()) {
    agent->send_data(7, piece);
  }
  std::size_t sent = 0;
  std::size_t received = 0;
  bool right = true;
  Duration ended = Duration::max();
  Duration passed{};
  for (; received < kAll && passed < 40s; passed += 100ms) {
    for (; sent < kAll && agent->connection().queued(agent->last) < kAtOnce; sent += piece.size()) {
      agent->send_data(8, piece);
    }
    settle();
    BufferQueue bytes;
    ReadShape shape;
    shape.limit = 500'000;
    for (auto got = slow.try_read(bytes, shape); got && bytes.count() > 0;) {
      const Buffer slice = bytes.pop_front();
      for (const char byte : slice.text()) right = right && byte == piece[received++ % piece.size()];
    }
    if (stalled.closes() > 0) ended = std::min(ended, passed);
    shard_.deadlines().advance(100ms);
  }
  EXPECT_EQ(received, kAll);
  EXPECT_TRUE(right);
  EXPECT_EQ(slow.closes(), 0u);
  EXPECT_LT(ended, 10s);
  EXPECT_EQ(cut("stalled"), 1u);
}

TEST_F(FeaturesTest, DataInAnUnusualFormIsHeldBackLikeAnyOther) {
  shard_.deadlines().fake_clock();
  auto agent = join();
  auto stalled = StreamUser(shard_, tunnel_stream(*agent, 7));
  ::Packet packet;
  packet.set_type(DATA);
  packet.mutable_data()->set_connectid(7);
  packet.mutable_data()->set_error("a field that nobody sets");
  packet.mutable_data()->set_data(std::string(16'000, 'x'));
  for (int i = 0; i < 1'000; ++i) {
    agent->send(packet);
    shard_.run_turn(Duration::zero());
  }
  settle();
  EXPECT_LT(shard_.pool().in_use() - agent->connection().queued(agent->last), 8u * 1024 * 1024);
  EXPECT_GT(agent->connection().queued(agent->last), 8u * 1024 * 1024) << "the window of the stream is open";
  shard_.deadlines().advance(9s);
  settle();
  EXPECT_EQ(stalled.closes(), 1u);
  EXPECT_EQ(cut("stalled"), 1u);
}

TEST_F(FeaturesTest, AnEndOfOursThatFallsSilentIsNoticedInTenSecondsAndAStockAgentIsNotAskedSoOften) {
  shard_.deadlines().fake_clock();
  auto stock = join("node-2");
  auto silent = join_with("credit/1");
  wire_->hold();
  for (int second = 0; second < 12; ++second) {
    shard_.deadlines().advance(1s);
    settle();
  }
  EXPECT_EQ(station_->host.metrics().gauged("konduit_agents_connected"), 1);
  EXPECT_FALSE(stock->over);
}

}  // namespace
}  // namespace konduit::transport_grpc
