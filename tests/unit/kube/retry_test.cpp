#include "fixture.hpp"

namespace konduit::kube_test {
namespace {

using kube::Error;
using ::testing::HasSubstr;

/// Answers `failure` so often, and then well.
test_support::FakeApiServer::Script failing(ApiReply failure, int times) {
  auto left = std::make_shared<int>(times);
  return [failure, left](const ApiRequest&) { return (*left)-- > 0 ? failure : ApiReply{.body = "well"}; };
}

TEST_F(ClientTest, TriesAgainWhatMaySucceedLater) {
  for (const unsigned status : {429, 500, 502, 503, 504}) {
    server_.requests.clear();
    server_.script = failing(status_reply(status, "x", "not now"), 3);
    const auto answer = get(connect());
    ASSERT_TRUE(answer) << status << ": " << answer.error().text;
    EXPECT_EQ(server_.requests.size(), 4U) << status;
  }
}

TEST_F(ClientTest, TriesNothingAgainThatWouldFailAlike) {
  for (const unsigned status : {400, 401, 403, 404, 409, 410, 422}) {
    server_.requests.clear();
    server_.script = failing(status_reply(status, "x", "no"), 1);
    EXPECT_FALSE(get(connect())) << status;
    EXPECT_EQ(server_.requests.size(), 1U) << status;
  }
}

TEST_F(ClientTest, PausesLongerFromAttemptToAttempt) {
  server_.script = failing(status_reply(503, "x", "not now"), 6);
  ASSERT_TRUE(get(connect()));
  const auto& made = server_.requests;
  ASSERT_EQ(made.size(), 7U);
  Duration longest = std::chrono::milliseconds(100);
  for (std::size_t i = 1; i != made.size(); ++i, longest *= 2) {
    const Duration pause = made[i].time - made[i - 1].time;
    EXPECT_GE(pause, longest / 2) << i;
    EXPECT_LE(pause, longest + std::chrono::milliseconds(20)) << i;
  }
}

TEST_F(ClientTest, WaitsAsLongAsTheServerAsks) {
  auto failure = status_reply(429, "TooManyRequests", "slow down");
  failure.headers = {{"Retry-After", "4"}};
  server_.script = failing(failure, 1);
  ASSERT_TRUE(get(connect()));
  ASSERT_EQ(server_.requests.size(), 2U);
  EXPECT_GE(server_.requests[1].time - server_.requests[0].time, std::chrono::seconds(4));
}

TEST_F(ClientTest, DoesNotWaitForWhatComesBehindItsDeadline) {
  auto failure = status_reply(429, "TooManyRequests", "slow down");
  failure.headers = {{"Retry-After", "30"}};
  server_.script = failing(failure, 1);
  auto& client = connect();
  const TimePoint before = shard_.now();
  const auto answer = get(client);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, 429U);
  EXPECT_LE(shard_.now() - before, std::chrono::milliseconds(50));
}

TEST_F(ClientTest, GivesUpAtItsDeadlineAndSaysHowOftenItTried) {
  server_.script = failing(status_reply(503, "x", "starting"), 1'000'000);
  auto& client = connect();
  const TimePoint before = shard_.now();
  const auto answer = get(client, std::chrono::seconds(5));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, 503U);
  EXPECT_THAT(answer.error().text, HasSubstr("starting (after "));
  EXPECT_LE(shard_.now() - before, std::chrono::seconds(5));
}

TEST_F(ClientTest, SaysWhyAnEarlierAttemptFailedWhereTheLastOneRunsOutOfTime) {
  server_.script = [this](const ApiRequest&) {
    server_.script = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::silence}; };
    return status_reply(503, "x", "starting");
  };
  const auto answer = get(connect(), std::chrono::seconds(5));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, 503U);
  EXPECT_THAT(answer.error().text, HasSubstr("starting (after 2 attempts)"));
}

TEST_F(ClientTest, TriesAgainWhereNobodyListens) {
  auto& client = connect();
  listener_->stop(shard_);
  unsigned attempts = 0;
  host_.network.before_connect = [&](const std::string&) -> awaitable<error_code> {
    if (++attempts == 3) listener_->start(shard_, server_);
    co_return error_code();
  };
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "well"}; };
  const auto answer = get(client);
  EXPECT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(attempts, 3U);
}

TEST_F(ClientTest, SaysThatNobodyListens) {
  auto& client = connect();
  listener_->stop(shard_);
  const auto answer = get(client, std::chrono::seconds(1));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Error::Kind::unreachable);
  EXPECT_THAT(answer.error().text,
              HasSubstr("GET https://localhost:6443/things: tcp://localhost:6443: nobody listens"));
}

TEST_F(ClientTest, DoesNotRepeatWhatMayHaveHappened) {
  for (const auto& failure : {ApiReply{.way = ApiReply::Way::hang_up}, status_reply(500, "x", "y")}) {
    server_.requests.clear();
    server_.script = failing(failure, 1);
    EXPECT_FALSE(run(connect().call(call(false), shard_.now() + std::chrono::seconds(10))));
    EXPECT_EQ(server_.requests.size(), 1U);
  }
}

TEST_F(ClientTest, RepeatsWhatTheServerHasNotBegun) {
  for (const unsigned status : {429, 503}) {
    server_.requests.clear();
    server_.script = failing(status_reply(status, "x", "y"), 1);
    EXPECT_TRUE(run(connect().call(call(false), shard_.now() + std::chrono::seconds(10))));
    EXPECT_EQ(server_.requests.size(), 2U);
  }
}

TEST_F(ClientTest, KeepsToItsRate) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "{}"}; };
  auto& client = connect("{token: t}", {.calls_per_second = 10, .burst = 3});
  for (int i = 0; i != 23; ++i) ASSERT_TRUE(get(client));
  const auto& made = server_.requests;
  for (std::size_t i = 0; i + 13 < made.size(); ++i) {
    EXPECT_GE(made[i + 13].time - made[i].time, std::chrono::milliseconds(990)) << i;
  }
  EXPECT_LE(made.back().time - made.front().time, std::chrono::milliseconds(2300));
}

TEST_F(ClientTest, CountsWhatItAsked) {
  server_.script = failing(status_reply(503, "x", "y"), 2);
  ASSERT_TRUE(get(connect()));
  const auto& metrics = host_.metrics();
  EXPECT_EQ(metrics.counted("konduit_kube_requests_total", {{"verb", "get"}, {"resource", "things"}, {"code", "503"}}),
            2U);
  EXPECT_EQ(metrics.counted("konduit_kube_requests_total", {{"verb", "get"}, {"resource", "things"}, {"code", "2xx"}}),
            1U);
  EXPECT_EQ(metrics.observed("konduit_kube_request_duration_seconds", {{"code", "2xx"}}), 1U);
}

}  // namespace
}  // namespace konduit::kube_test
