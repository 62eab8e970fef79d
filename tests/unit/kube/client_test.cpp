#include <boost/asio/error.hpp>

#include "fixture.hpp"
#include "konduit/task_group.hpp"

namespace konduit::kube_test {
namespace {

using kube::Error;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Sink final : kube::LineSink {
  bool on_line(std::string_view line) override {
    lines.emplace_back(line);
    return lines.size() != most;
  }
  std::vector<std::string> lines;
  std::size_t most = 0;
};

TEST_F(ClientTest, SendsTheTokenAndReturnsTheBody) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = R"({"answer":42})"}; };
  const auto answer = get(connect());
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(*answer, R"({"answer":42})");
  ASSERT_EQ(server_.requests.size(), 1U);
  EXPECT_EQ(server_.requests[0].target, "/things?x=1");
  EXPECT_EQ(server_.requests[0].authorization, "Bearer secret-token");
}

TEST_F(ClientTest, ShowsItsCertificate) {
  server_.demand_certificates();
  server_.script = [](const ApiRequest&) { return ApiReply{}; };
  const auto identity = server_.authority().issue_client("konnectivity-server");
  const auto certificate = folder_.write("client.pem", identity.certificate);
  const auto key = folder_.write("client-key.pem", identity.key);
  ASSERT_TRUE(get(connect("{client-certificate: client.pem, client-key: " + key + "}")));
  EXPECT_EQ(server_.requests.at(0).client, "konnectivity-server");
  EXPECT_EQ(server_.requests.at(0).authorization, "");
  EXPECT_GT(host_.metrics().gauged("konduit_certificate_expiry_seconds", {{"file", certificate}}), 1'700'000'000);
}

TEST_F(ClientTest, KeepsItsConnection) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "{}"}; };
  auto& client = connect();
  for (int i = 0; i != 5; ++i) ASSERT_TRUE(get(client));
  EXPECT_EQ(server_.requests.size(), 5U);
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(ClientTest, GivesUpAnIdleConnectionAfterAWhile) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "{}"}; };
  auto& client = connect();
  ASSERT_TRUE(get(client));
  shard_.deadlines().advance(std::chrono::seconds(31));
  shard_.run_ready();
  ASSERT_TRUE(get(client));
  EXPECT_EQ(server_.connections, 2U);
}

TEST_F(ClientTest, AsksAnewWhereTheServerClosedAKeptConnection) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "{}"}; };
  auto& client = connect();
  ASSERT_TRUE(get(client));
  // The server takes the next request on the old connection and closes it without a word.
  server_.script = [this](const ApiRequest&) {
    server_.script = [](const ApiRequest&) { return ApiReply{.body = "new"}; };
    return ApiReply{.way = ApiReply::Way::hang_up};
  };
  const TimePoint before = shard_.now();
  const auto answer = get(client);
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(*answer, "new");
  EXPECT_LE(shard_.now() - before, std::chrono::milliseconds(50)) << "it paused before it asked anew";
}

TEST_F(ClientTest, TellsWhatTheServerSaidOfAnError) {
  server_.script = [](const ApiRequest&) {
    return status_reply(403, "Forbidden", "leases is forbidden: User cannot list");
  };
  const auto answer = get(connect());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Error::Kind::refused);
  EXPECT_EQ(answer.error().status, 403U);
  EXPECT_EQ(answer.error().reason, "Forbidden");
  EXPECT_EQ(answer.error().text,
            "GET https://localhost:6443/things: 403 Forbidden: leases is forbidden: User cannot list");
  EXPECT_EQ(server_.requests.size(), 1U) << "it asked again";
}

TEST_F(ClientTest, TellsOfAnAnswerThatIsNoHttp) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "SSH-2.0-x\r\n\r\n", .way = ApiReply::Way::raw}; };
  const auto answer = get(connect());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Error::Kind::malformed);
  EXPECT_THAT(answer.error().text, HasSubstr("does not speak HTTP"));
}

TEST_F(ClientTest, TellsOfAServerThatIsNotTheOneOfTheAuthority) {
  const test_support::Authority other;
  const auto ca = folder_.write("other-ca.pem", other.certificate());
  kube::ClientSettings settings;
  settings.place.kubeconfig =
      folder_.write("other",
                    "current-context: t\ncontexts: [{name: t, context: {cluster: c}}]\n"
                    "clusters: [{name: c, cluster: {server: \"https://localhost:6443\", certificate-authority: " +
                        ca + "}}]\n");
  client_ = std::make_unique<kube::Client>(shard_, host_, settings);
  const auto answer = get(*client_, std::chrono::seconds(1));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Error::Kind::unreachable);
  EXPECT_THAT(answer.error().text, HasSubstr("certificate"));
  EXPECT_TRUE(server_.requests.empty());
}

TEST_F(ClientTest, EndsAtItsDeadline) {
  server_.script = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::silence}; };
  auto& client = connect();
  const TimePoint before = shard_.now();
  const auto answer = get(client, std::chrono::seconds(3));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Error::Kind::timed_out);
  EXPECT_LE(shard_.now() - before, std::chrono::milliseconds(3100));
}

TEST_F(ClientTest, CanBeCancelled) {
  server_.script = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::silence}; };
  auto& client = connect();
  std::optional<kube::Answer<std::string>> answer;
  TaskGroup group(shard_);
  group.spawn(testkit::store_result(client.call(call(), TimePoint::max()), &answer));
  pass_time_until([&] { return !server_.requests.empty(); });
  group.cancel();
  testkit::await(shard_, group.join());
  ASSERT_TRUE(answer.has_value());
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().kind, Error::Kind::cancelled);
}

TEST_F(ClientTest, HandsOverAStreamLineByLine) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "one\ntw", .way = ApiReply::Way::watch}; };
  auto& client = connect();
  Sink sink;
  std::optional<kube::Answer<>> ended;
  TaskGroup group(shard_);
  group.spawn(testkit::store_result(client.stream(call(), sink, std::chrono::minutes(1)), &ended));
  pass_time_until([&] { return !sink.lines.empty(); });
  server_.send_to_watches("o\n\r\nthree\r");
  server_.end_watches();
  pass_time_until([&] { return ended.has_value(); });
  EXPECT_TRUE(*ended);
  EXPECT_THAT(sink.lines, ElementsAre("one", "two", "three"));
  testkit::await(shard_, group.join());
}

TEST_F(ClientTest, EndsAStreamWhoseReaderWantsNoMore) {
  server_.script = [](const ApiRequest&) { return ApiReply{.body = "1\n2\n3\n", .way = ApiReply::Way::watch}; };
  Sink sink;
  sink.most = 2;
  EXPECT_TRUE(run(connect().stream(call(), sink, std::chrono::minutes(1))));
  EXPECT_THAT(sink.lines, ElementsAre("1", "2"));
}

TEST_F(ClientTest, EndsAStreamThatIsSilentForTooLong) {
  server_.script = [](const ApiRequest&) { return ApiReply{.way = ApiReply::Way::watch}; };
  Sink sink;
  const auto ended = run(connect().stream(call(), sink, std::chrono::minutes(1)));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, Error::Kind::timed_out);
}

TEST_F(ClientTest, RefusesALineWithoutEnd) {
  server_.script = [](const ApiRequest&) {
    return ApiReply{.body = std::string(kube::Client::kLongestLine + 2, 'x'), .way = ApiReply::Way::watch};
  };
  Sink sink;
  const auto ended = run(connect().stream(call(), sink, std::chrono::minutes(1)));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, Error::Kind::malformed);
  EXPECT_TRUE(sink.lines.empty());
}

TEST_F(ClientTest, TellsWhyAStreamWasRefused) {
  server_.script = [](const ApiRequest&) { return status_reply(410, "Expired", "too old resource version"); };
  Sink sink;
  const auto ended = run(connect().stream(call(), sink, std::chrono::minutes(1)));
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().gone());
  EXPECT_THAT(ended.error().text, HasSubstr("too old resource version"));
}

TEST_F(ClientTest, NeverTellsItsToken) {
  for (const auto way : {ApiReply::Way::hang_up, ApiReply::Way::raw, ApiReply::Way::answer}) {
    server_.script = [way](const ApiRequest&) {
      ApiReply reply = status_reply(503, "x", "y");
      reply.way = way;
      return reply;
    };
    const auto answer = get(connect(), std::chrono::seconds(2));
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().text, AllOf(Not(HasSubstr("secret-token")), HasSubstr("localhost:6443/things")));
  }
  EXPECT_THAT(host_.log().text(), Not(HasSubstr("secret-token")));
}

}  // namespace
}  // namespace konduit::kube_test
