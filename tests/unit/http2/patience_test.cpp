#include "hostile_peer.hpp"

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

}  // namespace
}  // namespace konduit::http2
