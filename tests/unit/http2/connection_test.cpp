#include "connected_pair.hpp"

namespace konduit::http2 {
namespace {

using testing::ConnectedPair;
using testing::StreamUser;

using ConnectionTest = ConnectedPair;

TEST_F(ConnectionTest, BothEndsLearnOfEachOthersSettings) {
  connect();
  settle();
  EXPECT_EQ(client_.settings, 1);
  EXPECT_EQ(server_.settings, 1);
}

TEST_F(ConnectionTest, ACallCarriesHeadersBytesAndTrailers) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = call(user);
  ASSERT_GT(id, 0);
  client_.connection->push(id, bytes("ping"));
  ASSERT_TRUE(run_until([&] { return server_.users.contains(id) && serving(id).text == "ping"; }));
  EXPECT_EQ(server_.requests[0].get(":path"), "/ProxyService/Proxy");
  server_.connection->push(id, bytes("pong"));
  server_.connection->trailers(id, grpc_trailers({GrpcStatus::not_found, "no such thing"}));
  ASSERT_TRUE(run_until([&] { return user.closed.has_value(); }));
  EXPECT_EQ(user.headers.get(":status"), "200");
  EXPECT_EQ(user.text, "pong");
  EXPECT_EQ(grpc_end(user.trailers).status, GrpcStatus::not_found);
  EXPECT_TRUE(user.ended);
  EXPECT_EQ(user.closed, ErrorCode::no_error);
  EXPECT_EQ(serving(id).closed, ErrorCode::no_error);
}

TEST_F(ConnectionTest, TrailersFollowEverythingThatWasPushed) {
  connect();
  StreamUser user(client_.connection);
  user.text_kept = false;
  server_.accept = [&](StreamId id, const Headers&, bool) -> StreamHandler* {
    server_.connection->respond(id, grpc_response(), false);
    std::string text(3'000'000, '\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = testing::pattern_at(i);
    server_.connection->push(id, bytes(text));
    server_.connection->trailers(id, grpc_trailers({}));
    return nullptr;
  };
  call(user);
  ASSERT_TRUE(run_until([&] { return user.closed.has_value(); }));
  EXPECT_EQ(user.received, 3'000'000u);
  EXPECT_TRUE(user.matches);
  EXPECT_EQ(user.trailers.get("grpc-status"), "0");
}

TEST_F(ConnectionTest, TrailersNeedNoWindow) {
  Settings small;
  small.stream_window = 10;
  connect(small);
  StreamUser user(client_.connection);
  user.hold = true;
  const StreamId id = call(user);
  settle();
  server_.connection->push(id, bytes("0123456789"));
  settle();
  server_.connection->trailers(id, grpc_trailers({}));
  ASSERT_TRUE(run_until([&] { return user.closed.has_value(); }));
  EXPECT_EQ(user.text, "0123456789");
  EXPECT_EQ(user.trailers.get("grpc-status"), "0");
}

TEST_F(ConnectionTest, ATrailersOnlyAnswerEndsWithItsHead) {
  connect();
  StreamUser user(client_.connection);
  server_.accept = [&](StreamId id, const Headers&, bool) -> StreamHandler* {
    server_.connection->respond(id, grpc_trailers_only({GrpcStatus::unimplemented, "unknown service X"}), true);
    return nullptr;
  };
  call(user);
  ASSERT_TRUE(run_until([&] { return user.closed.has_value(); }));
  EXPECT_TRUE(user.headers_end);
  EXPECT_EQ(grpc_end(user.headers).status, GrpcStatus::unimplemented);
  EXPECT_EQ(grpc_end(user.headers).message, "unknown service X");
  EXPECT_EQ(user.closed, ErrorCode::no_error);
}

TEST_F(ConnectionTest, ARequestThatNobodyTakesIsRefused) {
  connect();
  StreamUser user(client_.connection);
  server_.accept = [](StreamId, const Headers&, bool) -> StreamHandler* { return nullptr; };
  call(user);
  ASSERT_TRUE(run_until([&] { return user.closed.has_value(); }));
  EXPECT_EQ(user.closed, ErrorCode::refused_stream);
}

TEST_F(ConnectionTest, AnAuthorityThatIsAPathPasses) {
  connect();
  StreamUser user(client_.connection);
  client_.connection->request(
      grpc_request("http", "/etc/kubernetes/konnectivity-server/konnectivity-server.socket", "/ProxyService/Proxy"),
      user);
  ASSERT_TRUE(run_until([&] { return !server_.requests.empty(); }));
  EXPECT_EQ(server_.requests[0].get(":authority"), "/etc/kubernetes/konnectivity-server/konnectivity-server.socket");
  EXPECT_FALSE(user.closed);
}

TEST_F(ConnectionTest, AMalformedRequestIsShownToNobody) {
  connect();
  StreamUser user(client_.connection);
  client_.connection->request({{":method", "POST"}, {":scheme", "http"}}, user);
  ASSERT_TRUE(run_until([&] { return user.closed.has_value(); }));
  EXPECT_EQ(user.closed, ErrorCode::protocol_error);
  EXPECT_TRUE(server_.requests.empty());
}

TEST_F(ConnectionTest, AHeaderListBeyondTheLimitResetsItsStreamAlone) {
  Settings settings;
  settings.limits.header_list = 2000;
  connect({}, settings);
  StreamUser greedy(client_.connection);
  StreamUser modest(client_.connection);
  Headers large = grpc_request("http", "localhost", "/ProxyService/Proxy");
  large.add("x-large", std::string(3000, 'x'));
  client_.connection->request(large, greedy);
  const StreamId id = call(modest);
  ASSERT_TRUE(run_until([&] { return greedy.closed.has_value() && !modest.headers.empty(); }));
  EXPECT_EQ(greedy.closed, ErrorCode::enhance_your_calm);
  EXPECT_EQ(server_.ids, std::vector<StreamId>{id});
}

TEST_F(ConnectionTest, StreamsOverTheLimitAreRefused) {
  Settings settings;
  settings.limits.streams = 2;
  connect({}, settings);
  StreamUser users[] = {StreamUser(client_.connection), StreamUser(client_.connection), StreamUser(client_.connection)};
  for (StreamUser& user : users) call(user);
  ASSERT_TRUE(run_until([&] { return users[2].closed.has_value(); }));
  EXPECT_EQ(users[2].closed, ErrorCode::refused_stream);
  EXPECT_EQ(server_.connection->streams(), 2u);
}

TEST_F(ConnectionTest, RequestsOverThePeersConcurrencyWaitForTheirTurn) {
  Settings settings;
  settings.max_streams = 1;
  connect({}, settings);
  ASSERT_TRUE(run_until([&] { return client_.settings == 1; }));
  StreamUser first(client_.connection);
  StreamUser second(client_.connection);
  const StreamId id = call(first);
  call(second);
  ASSERT_TRUE(run_until([&] { return !first.headers.empty(); }));
  EXPECT_EQ(server_.ids.size(), 1u);
  server_.connection->trailers(id, grpc_trailers({}));
  ASSERT_TRUE(run_until([&] { return server_.ids.size() == 2; }));
  EXPECT_FALSE(second.closed);
}

TEST_F(ConnectionTest, HowManyRequestsThePeerTakesIsKnownWithItsSettings) {
  Settings settings;
  settings.max_streams = 7;
  connect({}, settings);
  EXPECT_EQ(client_.connection->request_limit(), std::nullopt);
  ASSERT_TRUE(run_until([&] { return client_.settings == 1; }));
  EXPECT_EQ(client_.connection->request_limit(), 7u);
}

TEST_F(ConnectionTest, APingIsAnsweredWithItsBytes) {
  connect();
  client_.connection->ping(0x0123456789abcdef);
  server_.connection->ping(7);
  ASSERT_TRUE(run_until([&] { return !client_.pongs.empty() && !server_.pongs.empty(); }));
  EXPECT_EQ(client_.pongs, std::vector<std::uint64_t>{0x0123456789abcdef});
  EXPECT_EQ(server_.pongs, std::vector<std::uint64_t>{7});
}

TEST_F(ConnectionTest, APingFollowsTheBytesPushedBeforeIt) {
  connect();
  StreamUser user(client_.connection);
  const StreamId id = call(user);
  settle();
  server_.connection->ping(1);
  server_.connection->push(id, bytes("before the ping"));
  std::string at_ack;
  server_stream_->hold();
  ASSERT_TRUE(run_until([&] { return server_.connection->queued(id) == 0; }));
  server_stream_->release();
  ASSERT_TRUE(run_until([&] { return !server_.pongs.empty(); }));
  EXPECT_EQ(user.text, "before the ping");
}

TEST_F(ConnectionTest, OutputOfATurnLeavesInOneWrite) {
  connect();
  StreamUser first(client_.connection);
  StreamUser second(client_.connection);
  const StreamId one = call(first);
  const StreamId two = call(second);
  settle();
  const unsigned before = client_stream_->writes();
  for (int i = 0; i < 10; ++i) {
    client_.connection->push(one, bytes("a"));
    client_.connection->push(two, bytes("b"));
  }
  ASSERT_TRUE(run_until([&] { return serving(one).text.size() == 10 && serving(two).text.size() == 10; }));
  EXPECT_EQ(client_stream_->writes(), before + 1);
}

}  // namespace
}  // namespace konduit::http2
