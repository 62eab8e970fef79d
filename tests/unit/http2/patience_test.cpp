#include "hostile_peer.hpp"
#include "support/slow_link.hpp"

namespace konduit::http2 {
namespace {

using namespace testing;

class PatienceTest : public HostilePeer {
 protected:
  void pass(Duration time) {
    shard_.deadlines().advance(time);
    settle();
  }
  void expect_given_up(ErrorCode code, std::string_view why) {
    ASSERT_TRUE(run_until([&] { return read(), victim_.closed.has_value(); }));
    EXPECT_EQ(*victim_.closed, make_error_code(StreamErrc::timed_out));
    EXPECT_EQ(victim_.closed_text, why);
    const auto frames = frames_of(answer_);
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.back().type, 7);
    EXPECT_EQ(frames.back().payload.substr(4, 4), number(static_cast<std::uint32_t>(code)));
  }
};

constexpr std::string_view kSilent = "the peer did not say in time that it speaks HTTP/2";

TEST_F(PatienceTest, AClientThatSaysNothingIsGivenUp) {
  attach(Role::server, {});
  pass(std::chrono::milliseconds(9'999));
  expect_open();
  pass(std::chrono::milliseconds(1));
  expect_given_up(ErrorCode::settings_timeout, kSilent);
}

TEST_F(PatienceTest, AClientThatDoesNotFinishItsSettingsIsGivenUp) {
  attach(Role::server, {});
  send(std::string(kPreface) + settings().substr(0, 8));
  settle();
  pass(std::chrono::seconds(10));
  expect_given_up(ErrorCode::settings_timeout, kSilent);
}

TEST_F(PatienceTest, AServerThatSaysNothingIsGivenUp) {
  attach(Role::client, {});
  victim_.connection->request(grpc_request("http", "localhost", "/AgentService/Connect"), caller_);
  pass(std::chrono::seconds(10));
  expect_given_up(ErrorCode::settings_timeout, kSilent);
  EXPECT_EQ(caller_.closed, ErrorCode::cancel);
}

TEST_F(PatienceTest, NobodyWaitsForTheAckOfSettings) {
  serve();
  send(request(1));
  settle();
  pass(std::chrono::hours(10));
  EXPECT_EQ(victim_.requests.size(), 1u);
  expect_open();
}

TEST_F(PatienceTest, AConnectionWithoutAStreamMayStayWhereNoTimeIsSet) {
  serve();
  pass(std::chrono::hours(10));
  expect_open();
}

TEST_F(PatienceTest, AClientThatOpensNoStreamInTimeIsGivenUp) {
  Settings configuration;
  configuration.first_stream_timeout = std::chrono::seconds(30);
  serve(configuration);
  send(ping() + frame(1, 0, 1, kRequestBlock));  // a request that is not whole is none
  pass(std::chrono::milliseconds(29'999));
  expect_open();
  pass(std::chrono::milliseconds(1));
  expect_given_up(ErrorCode::no_error, "the client opened no stream in time");
}

TEST_F(PatienceTest, AfterItsFirstStreamAConnectionMayPause) {
  Settings configuration;
  configuration.first_stream_timeout = std::chrono::seconds(30);
  serve(configuration);
  pass(std::chrono::seconds(29));
  send(request(1) + reset(1));
  settle();
  pass(std::chrono::hours(10));
  expect_open();
}

/// A peer that takes 2 MiB over a link that takes large pieces and carries 3 kB a second.
class SlowLinkTest : public PatienceTest {
 protected:
  void serve_slowly() {
    shard_.deadlines().fake_clock();
    auto [first, second] = MemoryStream::make_pair(shard_, {.window = kWide}, {.window = kWide});
    peer_ = std::move(first);
    auto link = std::make_unique<test_support::SlowLink>(shard_, std::move(second), 3000, 512 * 1024);
    link_ = link.get();
    victim_.prepare = [](StreamUser& user) { user.to_send = 2 * 1024 * 1024; };
    victim_.connect(shard_, std::move(link), Role::server);
    send(std::string(kPreface) + settings() + request(1) + window_update(1, kWide) + window_update(0, kWide));
    settle();
  }
  void pass_in_steps(std::chrono::seconds time) {
    for (Duration passed{}; passed < time; passed += std::chrono::milliseconds(100)) {
      pass(std::chrono::milliseconds(100));
      read();
    }
  }

  static constexpr std::size_t kWide = 16 * 1024 * 1024;
  test_support::SlowLink* link_ = nullptr;
};

TEST_F(SlowLinkTest, WhatIsCarriedSlowlyIsProgress) {
  serve_slowly();
  pass_in_steps(std::chrono::minutes(10));
  expect_open();
}

TEST_F(SlowLinkTest, WhatIsCarriedNoMoreIsNone) {
  serve_slowly();
  pass_in_steps(std::chrono::minutes(2));
  link_->set_pace(0);
  pass_in_steps(std::chrono::minutes(2));
  EXPECT_TRUE(victim_.connection->closed());
}

class AbandonedStreamTest : public PatienceTest {
 protected:
  /// Streams that have 200,000 bytes queued behind windows of 65,535, and then lose their user. The connection's window
  /// is wide.
  void abandon(std::uint32_t streams) {
    victim_.prepare = [](StreamUser& user) { user.to_send = 200'000; };
    send(window_update(0, 64 * 1024 * 1024));
    for (std::uint32_t index = 0; index < streams; ++index) {
      const auto id = static_cast<StreamId>(2 * index + 1);
      send(request(2 * index + 1));
      for (int round = 0; round < 4; ++round) {
        settle();
        read();
      }
      victim_.connection->set_handler(id, nullptr);
      victim_.connection->trailers(id, grpc_trailers({}));
    }
    settle();
    read();
  }
  std::size_t resets() {
    for (int round = 0; round < 4; ++round) {
      read();
      settle();
    }
    const auto frames = frames_of(read());
    return static_cast<std::size_t>(std::ranges::count_if(
        frames, [](const Frame& frame) { return frame.type == 3 && frame.payload == number(8); }));
  }
};

TEST_F(AbandonedStreamTest, WhatAPeerDoesNotTakeIsDroppedWithItsStreamAlone) {
  serve();
  abandon(2);
  send(request(5));
  settle();
  EXPECT_EQ(victim_.connection->streams(), 3u);
  pass(std::chrono::seconds(30));
  EXPECT_EQ(victim_.connection->streams(), 3u);
  send(window_update(1, 1));
  settle();
  pass(std::chrono::seconds(30));
  EXPECT_EQ(victim_.connection->streams(), 2u) << "one byte in half a minute is progress, none is not";
  EXPECT_EQ(victim_.connection->queued(3), 0u);
  EXPECT_EQ(resets(), 1u);
  pass(std::chrono::seconds(30));
  EXPECT_EQ(victim_.connection->streams(), 1u);
  pass(std::chrono::hours(1));
  EXPECT_EQ(victim_.connection->streams(), 1u) << "a stream with a user is its user's affair";
  expect_open();
}

TEST_F(AbandonedStreamTest, WhatAPeerTakesSlowlyArrivesAsAWhole) {
  serve();
  abandon(1);
  for (int half_minute = 0; half_minute < 14; ++half_minute) {
    pass(std::chrono::seconds(30));
    send(window_update(1, 10'000));
    settle();
    read();
  }
  EXPECT_EQ(resets(), 0u);
  std::size_t data = 0;
  for (const Frame& frame : frames_of(read())) data += frame.type == 0 ? frame.payload.size() : 0;
  EXPECT_EQ(data, 200'000u);
}

TEST_F(AbandonedStreamTest, AllOfThemTogetherHoldNoMoreThanIsAllowed) {
  Settings configuration;
  configuration.abandoned = 300'000;
  serve(configuration);
  abandon(50);
  EXPECT_EQ(victim_.connection->streams(), 2u);
  EXPECT_EQ(resets(), 48u);
  EXPECT_LE(shard_.pool().in_use(), 2 * 1024 * 1024u);
  expect_open();
}

}  // namespace
}  // namespace konduit::http2
