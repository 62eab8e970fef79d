#include "hostile_peer.hpp"

namespace konduit::http2 {
namespace {

using namespace testing;

class HostileTest : public HostilePeer {
 protected:
  static Settings with_limits(const std::function<void(Limits&)>& change) {
    Settings configuration;
    change(configuration.limits);
    return configuration;
  }
  // Ten frames of the kind may come, the eleventh ends the connection.
  static Settings ten_idle() {
    return with_limits([](Limits& limits) { limits.idle_frames = {10, 0}; });
  }
  static Settings ten_resets() {
    return with_limits([](Limits& limits) { limits.resets = {10, 0}; });
  }
};

TEST_F(HostileTest, SomethingElseThanHttp2IsTurnedAway) {
  attach(Role::server, {});
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  ASSERT_TRUE(run_until([&] { return victim_.closed.has_value(); }));
  EXPECT_EQ(*victim_.closed, make_error_code(StreamErrc::protocol));
}

TEST_F(HostileTest, TheFirstFrameIsSettings) {
  serve();
  ASSERT_FALSE(frames_of(read()).empty());
  EXPECT_EQ(frames_of(read())[0].type, 4);
}

TEST_F(HostileTest, ABrokenFrameIsAnsweredWithGoawayAndNamed) {
  serve();
  send(frame(0, 0, 0, "data on stream 0"));
  ASSERT_TRUE(run_until([&] { return read(), victim_.closed.has_value(); }));
  EXPECT_EQ(*victim_.closed, make_error_code(StreamErrc::protocol));
  EXPECT_EQ(frames_of(answer_).back().payload.substr(4, 4), number(1));
  EXPECT_NE(victim_.closed_text.find("PROTOCOL_ERROR, DATA: stream_id == 0"), std::string::npos) << victim_.closed_text;
}

TEST_F(HostileTest, RapidResetEndsTheConnection) {
  serve(ten_resets());
  const auto open_and_reset = [](std::uint32_t index) { return request(2 * index + 1) + reset(2 * index + 1); };
  EXPECT_EQ(frames_until_closed(open_and_reset, 1000), 11u);
  EXPECT_EQ(victim_.connection->streams(), 0u);
  expect_cut_off("too many streams are reset");
  EXPECT_EQ(victim_.requests.size(), 11u);
}

TEST_F(HostileTest, ResetsWithoutAnErrorAreResetsToo) {
  serve(ten_resets());
  const auto open_and_reset = [](std::uint32_t index) {
    return request(2 * index + 1) + frame(3, 0, 2 * index + 1, number(0));
  };
  EXPECT_EQ(frames_until_closed(open_and_reset, 1000), 11u);
  expect_cut_off("too many streams are reset");
}

TEST_F(HostileTest, MalformedRequestsAreResetsToo) {
  serve(ten_resets());
  const auto malformed = [](std::uint32_t index) {
    return frame(1, 4, 2 * index + 1, kRequestBlock + field("Upper", "x"));
  };
  EXPECT_EQ(frames_until_closed(malformed, 1000), 11u);
  expect_cut_off("too many streams are reset");
  EXPECT_TRUE(victim_.requests.empty());
}

TEST_F(HostileTest, ResetsThatThePeerProvokesAreResetsToo) {
  serve(ten_resets());
  const auto overflow = [](std::uint32_t index) {
    return request(2 * index + 1) + window_update(2 * index + 1, 0x7fffffff);
  };
  EXPECT_EQ(frames_until_closed(overflow, 1000), 11u);
  expect_cut_off("too many streams are reset");
}

TEST_F(HostileTest, RequestsBeyondTheStreamLimitAreRefusedAndCounted) {
  Settings configuration = ten_resets();
  configuration.limits.streams = 3;
  serve(configuration);
  EXPECT_EQ(frames_until_closed([](std::uint32_t index) { return request(2 * index + 1); }, 1000), 3u + 11u);
  EXPECT_EQ(victim_.requests.size(), 3u);
  expect_cut_off("too many streams are reset");
}

TEST_F(HostileTest, ThousandsOfResetsOfATrustedClientPass) {
  Settings configuration;
  configuration.limits = Limits::trusted();
  serve(configuration);
  for (std::uint32_t second = 0; second < 10; ++second) {
    std::string burst;
    for (std::uint32_t id = 10'000 * second + 1; id < 10'000 * (second + 1); id += 2) burst += request(id) + reset(id);
    send(burst);
    settle();
    read();
    shard_.deadlines().advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(victim_.requests.size(), 50'000u);
  expect_open();
}

TEST_F(HostileTest, SettingsFloodsEndTheConnection) {
  serve(ten_idle());
  EXPECT_EQ(frames_until_closed(settings(), 1000), 10u);  // one came with the preface
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, EmptyDataIsIdle) {
  serve(ten_idle());
  send(request(1));
  EXPECT_EQ(frames_until_closed(frame(0, 0, 1, ""), 1000), 10u);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, EmptyDataForAStreamThatIsGoneIsIdle) {
  serve(ten_idle());
  send(request(1) + reset(1));
  EXPECT_EQ(frames_until_closed(frame(0, 0, 1, ""), 1000), 10u);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, DataOfPaddingIsIdle) {
  serve(ten_idle());
  send(request(1));
  EXPECT_EQ(frames_until_closed(frame(0, 8, 1, std::string("\2\0\0", 3)), 1000), 10u);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, HeadersForAStreamThatIsGoneAreIdle) {
  serve(ten_idle());
  send(request(1) + reset(1));
  EXPECT_EQ(frames_until_closed(request(1), 1000), 11u);  // judged when the next one comes
  expect_cut_off("too many frames that carry nothing");
  EXPECT_EQ(victim_.requests.size(), 1u);
}

TEST_F(HostileTest, PriorityIsIdle) {
  serve(ten_idle());
  EXPECT_EQ(frames_until_closed(frame(2, 0, 3, std::string("\0\0\0\0\x10", 5)), 1000), 10u);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, FramesThatNobodyKnowsAreIdle) {
  serve(ten_idle());
  EXPECT_EQ(frames_until_closed(frame(0xee, 0, 0, "what is this"), 1000), 10u);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, GoawaysAreIdleAndTheirTextIsFitForALog) {
  Settings configuration = ten_idle();
  serve(configuration);
  send(request(1));
  const std::string goaway = frame(7, 0, 0, number(0) + number(0) + "a\nb\x1b[2J" + std::string(1000, 'x'));
  EXPECT_EQ(frames_until_closed(goaway, 1000), 10u);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, AcksThatNobodyWaitsForAreIdle) {
  serve(ten_idle());
  victim_.connection->ping(1);
  victim_.connection->ping(2);
  EXPECT_EQ(frames_until_closed(frame(6, 1, 0, "12345678"), 1000), 10u + 2u);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, WindowUpdatesBeyondWhatWasSentEndTheConnection) {
  serve(with_limits([](Limits& limits) { limits.window_updates = {10, 0}; }));
  victim_.prepare = [](StreamUser& user) {
    user.to_send = 3;
    user.piece = 1;
  };
  send(request(1));
  settle();
  EXPECT_EQ(frames_until_closed(window_update(1, 1), 1000), 11u);
  expect_cut_off("too many WINDOW_UPDATE frames");
}

TEST_F(HostileTest, AWindowUpdateForEachDataFramePasses) {
  serve(with_limits([](Limits& limits) { limits.window_updates = {10, 0}; }));
  send(request(1));
  settle();
  for (int round = 0; round < 200; ++round) {
    victim_.connection->push(1, bytes("x"));
    settle();
    send(window_update(1, 1) + window_update(0, 1));
  }
  expect_open();
}

TEST_F(HostileTest, IdleFramesAtAnHonestPacePass) {
  serve(with_limits([](Limits& limits) { limits.idle_frames = {10, 5}; }));
  for (int second = 0; second < 100; ++second) {
    for (int i = 0; i < 5; ++i) send(settings());
    settle();
    read();
    shard_.deadlines().advance(std::chrono::seconds(1));
  }
  expect_open();
}

TEST_F(HostileTest, PingsAreAnsweredHoweverMany) {
  serve(ten_idle());
  std::string pings;
  for (int i = 0; i < 20'000; ++i) pings += ping();
  send(pings);
  ASSERT_TRUE(run_until([&] { return read().size() >= 20'000 * 17; }));
  expect_open();
}

TEST_F(HostileTest, DataBeyondTheWindowResetsTheStream) {
  Settings configuration;
  configuration.stream_window = 65'535;
  configuration.connection_window = 1024 * 1024;
  serve(configuration);
  victim_.prepare = [](StreamUser& user) { user.hold = true; };
  send(frame(4, 1, 0, "") + request(1));
  std::string flood;
  for (int i = 0; i < 6; ++i) flood += frame(0, 0, 1, std::string(16'384, 'x'));
  send(flood);
  ASSERT_TRUE(run_until([&] { return victim_.users.at(1)->closed.has_value(); }));
  EXPECT_EQ(victim_.users.at(1)->closed, ErrorCode::flow_control_error);
  EXPECT_LE(victim_.users.at(1)->received, 65'535u + 16'384u);
  expect_open();
}

TEST_F(HostileTest, AServerThatResetsMoreThanWasAskedIsCutOff) {
  call(ten_idle());
  send(reset(1));
  EXPECT_EQ(frames_until_closed(reset(1), 1000), 10u);
  EXPECT_EQ(caller_.closed, ErrorCode::cancel);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, AServerThatOnlyEverGivesInterimAnswersIsCutOff) {
  call(ten_idle());
  EXPECT_EQ(frames_until_closed(frame(1, 4, 1, field(":status", "103")), 1000), 10u);
  expect_cut_off("too many frames that carry nothing");
  EXPECT_TRUE(caller_.headers.empty());
}

TEST_F(HostileTest, AServerThatPushesIsCutOff) {
  call(ten_idle());
  const auto promise = [](std::uint32_t index) { return frame(5, 4, 1, number(2 * index + 2) + kRequestBlock); };
  EXPECT_EQ(frames_until_closed(promise, 1000), 10u);
  expect_cut_off("too many frames that carry nothing");
}

TEST_F(HostileTest, TheTextOfAGoawayIsMadeFitForALog) {
  call();
  send(frame(7, 0, 0, number(1) + number(2) + "a\nb\x1b[2J" + std::string(1000, 'x')));
  peer_->close();
  ASSERT_TRUE(run_until([&] { return victim_.closed.has_value(); }));
  EXPECT_TRUE(victim_.closed_text.starts_with("the peer sent GOAWAY INTERNAL_ERROR: a?b?[2Jxxx"))
      << victim_.closed_text;
  EXPECT_LT(victim_.closed_text.size(), 300u);
}

}  // namespace
}  // namespace konduit::http2
