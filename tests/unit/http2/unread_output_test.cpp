#include "hostile_peer.hpp"

namespace konduit::http2 {
namespace {

using namespace testing;

// A peer that asks and does not read. Its stream takes 64 KiB, and then nothing.
class UnreadOutputTest : public HostilePeer {
 protected:
  static constexpr std::size_t kTransport = 64 * 1024;

  static Settings small_output() {
    Settings configuration;
    configuration.output = 10'000;
    configuration.limits.waiting_frames = 200;
    return configuration;
  }
  // Frames of `size` bytes that fit where they are no burden, and those that may wait.
  static std::size_t allowance(const Settings& configuration, std::size_t size) {
    return (kTransport + configuration.output) / size + configuration.limits.waiting_frames;
  }
  // Serves with a MiB to send, and gives up what does not move for 30 s.
  void serve_sender() {
    Settings configuration;
    configuration.stall_timeout = std::chrono::seconds(30);
    victim_.prepare = [](StreamUser& user) { user.to_send = 1024 * 1024; };
    serve(configuration);
  }
  void expect_left(std::string_view why) {
    shard_.deadlines().advance(std::chrono::seconds(6));  // the grace in which it might still read GOAWAY
    ASSERT_TRUE(run_until([&] { return victim_.closed.has_value(); }));
    EXPECT_EQ(victim_.closed_text, why);
  }
  void expect_bounded(const Settings& configuration) {
    EXPECT_LE(victim_.connection->unsent(), kTransport + configuration.output + 2 * 16'384u);
    EXPECT_LE(shard_.pool().in_use(), 4 * 1024 * 1024u);
  }
};

TEST_F(UnreadOutputTest, PingsWhoseAcksNobodyReadsEndTheConnection) {
  const Settings configuration = small_output();
  serve(configuration);
  const std::size_t taken = frames_until_closed([](std::uint32_t) { return ping(); }, 100'000, false);
  EXPECT_NEAR(static_cast<double>(taken), static_cast<double>(allowance(configuration, 17)), 20);
  expect_bounded(configuration);
  expect_left("too many frames wait because the peer does not read");
}

TEST_F(UnreadOutputTest, AFloodInOnePieceEndsTheConnectionAsWell) {
  const Settings configuration = small_output();
  serve(configuration);
  std::string pings;
  for (int i = 0; i < 100'000; ++i) pings += ping();
  send(pings);
  settle();
  EXPECT_TRUE(victim_.connection->closed());
  expect_bounded(configuration);
}

TEST_F(UnreadOutputTest, ResetsThatNobodyReadsEndTheConnectionAlsoOfATrustedClient) {
  Settings configuration = small_output();
  configuration.limits = Limits::trusted();
  configuration.limits.waiting_frames = 200;
  serve(configuration);
  victim_.accept = [](StreamId, const Headers&, bool) -> StreamHandler* { return nullptr; };
  const auto open = [](std::uint32_t index) { return request(2 * index + 1); };
  const std::size_t taken = frames_until_closed(open, 100'000, false);
  EXPECT_NEAR(static_cast<double>(taken), static_cast<double>(allowance(configuration, 13)), 20);
  expect_left("too many frames wait because the peer does not read");
}

TEST_F(UnreadOutputTest, AnswersThatNobodyReadsEndTheConnection) {
  Settings configuration = small_output();
  configuration.limits = Limits::trusted();
  configuration.limits.waiting_frames = 200;
  serve(configuration);
  victim_.accept = [&](StreamId id, const Headers&, bool) -> StreamHandler* {
    victim_.connection->respond(id, grpc_trailers_only({GrpcStatus::unimplemented, "no such service"}), true);
    return nullptr;
  };
  const auto open_and_end = [](std::uint32_t index) { return frame(1, 5, 2 * index + 1, kRequestBlock); };
  const std::size_t taken = frames_until_closed(open_and_end, 100'000, false);
  EXPECT_LT(taken, 20'000u);
  EXPECT_LT(victim_.connection->streams(), 2000u);
  expect_left("too many frames wait because the peer does not read");
}

TEST_F(UnreadOutputTest, APeerThatReadsLateIsNotCutOff) {
  const Settings configuration = small_output();
  serve(configuration);
  const std::size_t fits = allowance(configuration, 17) - 20;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < fits; ++i) send(ping());
    settle();
    ASSERT_TRUE(run_until([&] { return read().size() >= (round + 1) * fits * 17; }));
  }
  expect_open();
}

TEST_F(UnreadOutputTest, APingThatGoesFirstOvertakesWhatIsNotInFrames) {
  victim_.prepare = [](StreamUser& user) { user.to_send = 1024 * 1024; };
  serve();
  send(request(1) + window_update(1, 0x7000'0000) + window_update(0, 0x7000'0000));
  settle();
  const std::size_t in_frames = victim_.users.at(1)->sent - victim_.connection->queued(1);
  ASSERT_LT(in_frames, 512 * 1024u);
  victim_.connection->ping_first(1);
  std::size_t before_ping = 0;
  bool pinged = false;
  ASSERT_TRUE(run_until([&] {
    before_ping = 0;
    pinged = false;
    for (const Frame& frame : frames_of(read())) {
      pinged = pinged || frame.type == 6;
      if (frame.type == 0 && !pinged) before_ping += frame.payload.size();
    }
    return pinged;
  }));
  EXPECT_EQ(before_ping, in_frames);
}

TEST_F(UnreadOutputTest, DataThatNobodyReadsStopsAtTheWatermarkAndEndsTheConnectionInTime) {
  Settings configuration = small_output();
  configuration.stall_timeout = std::chrono::seconds(30);
  configuration.high_water = 20'000;
  configuration.low_water = 10'000;
  victim_.prepare = [](StreamUser& user) { user.to_send = 100 * 1024 * 1024; };
  serve(configuration);
  send(request(1) + window_update(1, 0x7000'0000) + window_update(0, 0x7000'0000));
  settle();
  expect_bounded(configuration);
  EXPECT_LE(victim_.connection->queued(1), 20'000u + 16'384u);
  shard_.deadlines().advance(std::chrono::seconds(29));
  expect_open();
  shard_.deadlines().advance(std::chrono::seconds(1));
  settle();
  EXPECT_TRUE(victim_.connection->closed());
  expect_left("the peer does not read");
}

TEST_F(UnreadOutputTest, APeerThatReadsALittleNowAndThenIsNotCutOff) {
  Settings configuration;
  configuration.stall_timeout = std::chrono::seconds(30);
  victim_.prepare = [](StreamUser& user) { user.to_send = 100 * 1024 * 1024; };
  serve(configuration);
  send(request(1) + window_update(1, 0x7000'0000) + window_update(0, 0x7000'0000));
  settle();
  for (int round = 0; round < 20; ++round) {
    BufferQueue some;
    (void)peer_->try_read(some, {.limit = 1000});
    settle();
    shard_.deadlines().advance(std::chrono::seconds(29));
    settle();
  }
  expect_open();
}

TEST_F(UnreadOutputTest, AConnectionWindowThatStaysShutEndsTheConnectionInTime) {
  serve_sender();
  send(request(1) + window_update(1, 0x7000'0000));
  settle();
  read();
  EXPECT_EQ(frames_of(answer_).back().type, 0);
  // PINGs are a sign of life, and no use to who waits for room.
  for (int second = 0; second < 29; ++second) {
    send(ping());
    settle();
    read();
    shard_.deadlines().advance(std::chrono::seconds(1));
  }
  expect_open();
  shard_.deadlines().advance(std::chrono::seconds(1));
  settle();
  read();
  shard_.deadlines().advance(std::chrono::seconds(6));
  ASSERT_TRUE(run_until([&] { return victim_.closed.has_value(); }));
  EXPECT_EQ(*victim_.closed, make_error_code(StreamErrc::timed_out));
  EXPECT_EQ(victim_.closed_text, "the peer keeps the connection's window shut");
}

TEST_F(UnreadOutputTest, AWindowThatOpensByteByByteIsProgress) {
  serve_sender();
  send(request(1) + window_update(1, 0x7000'0000));
  settle();
  for (int round = 0; round < 100; ++round) {
    read();
    send(window_update(0, 1));
    settle();
    shard_.deadlines().advance(std::chrono::seconds(10));
    settle();
  }
  expect_open();
  EXPECT_LE(victim_.connection->queued(1), 256 * 1024u + 16'384u);
}

// The queue falls while a flood is answered in the middle of a read, and what comes behind is answered as well.
TEST_F(UnreadOutputTest, WhoWaitsForRoomIsToldAlsoWhereAFloodMadeIt) {
  Settings configuration;
  configuration.high_water = 20'000;
  configuration.low_water = 10'000;
  configuration.limits.waiting_frames = 10;
  victim_.accept = [&](StreamId id, const Headers&, bool) -> StreamHandler* {
    victim_.connection->respond(id, grpc_response(), false);
    return &caller_;
  };
  caller_.on_event = [&](std::string_view event) {
    if (event != "data") return;
    const bool first = caller_.text == "a";
    EXPECT_EQ(victim_.connection->push(1, shard_.pool().allocate(first ? 30'000 : 1, 9)), false);
  };
  serve(configuration);
  send(request(1));
  settle();
  std::string pings;
  for (int i = 0; i < 20; ++i) pings += ping();
  send(frame(0, 0, 1, "a"));
  send(pings);
  send(frame(0, 0, 1, "b"));
  settle();
  EXPECT_EQ(caller_.text, "ab");
  EXPECT_EQ(victim_.connection->queued(1), 0u);
  EXPECT_EQ(caller_.writable_calls, 1);
}

TEST_F(UnreadOutputTest, AStreamWhoseOwnWindowIsShutIsItsUsersAffair) {
  serve_sender();
  send(request(1) + window_update(0, 0x7000'0000));
  settle();
  read();
  shard_.deadlines().advance(std::chrono::hours(1));
  expect_open();
  EXPECT_LE(victim_.connection->queued(1), 256 * 1024u + 16'384u);
}

}  // namespace
}  // namespace konduit::http2
