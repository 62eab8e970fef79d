#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "konduit/testkit/memory_stream.hpp"
#include "raw_peer.hpp"
#include "stations.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testkit::StreamUser;

/// The backend `grpc` and a server of this project. Time stands still.
class UpstreamPairTest : public testing::Test {
 protected:
  UpstreamPairTest() { shard_.deadlines().fake_clock(); }

  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }
  struct Ends {
    std::unique_ptr<StreamUser> near;
    std::unique_ptr<StreamUser> far;
  };
  Ends open() {
    Ends ends;
    const std::size_t index = server_.dialer.dials.size();
    server_.dialer.at_once = true;
    auto stream = testkit::await(shard_, upstream_.part->dial(request_for(shard_)));
    EXPECT_TRUE(stream) << stream.error().text;
    if (!stream) return ends;
    EXPECT_TRUE(until([&] { return server_.dialer.dials.at(index)->spliced != nullptr; }));
    ends.near = std::make_unique<StreamUser>(shard_, std::move(*stream));
    ends.far = std::make_unique<StreamUser>(shard_, std::move(server_.dialer.dials.at(index)->spliced));
    ends.near->receive();
    ends.far->receive();
    return ends;
  }

  Shard shard_;
  ProxyStation server_{shard_};
  UpstreamStation upstream_{shard_, server_.host.network};
};

TEST_F(UpstreamPairTest, CarriesBytesBothWaysAndTheEndOfEachDirection) {
  auto tunnel = open();
  ASSERT_TRUE(tunnel.near);
  EXPECT_EQ(server_.dialer.dials[0]->request.target.text(), "10.0.0.1:443");
  EXPECT_EQ(tunnel.near->stream().remote(), "server tcp://server");
  tunnel.near->send(testkit::pattern(300'000));
  ASSERT_TRUE(until([&] { return tunnel.near->unsent() == 0; }));
  ASSERT_TRUE(tunnel.near->half_close());
  ASSERT_TRUE(until([&] { return end_of_stream(tunnel.far->read_end()); }));
  EXPECT_EQ(tunnel.far->received(), testkit::pattern(300'000));
  tunnel.far->send("the answer comes later");
  ASSERT_TRUE(tunnel.far->half_close());
  ASSERT_TRUE(until([&] { return end_of_stream(tunnel.near->read_end()); }));
  EXPECT_EQ(tunnel.near->received(), "the answer comes later");
}

TEST_F(UpstreamPairTest, StopsAReaderThatStandsStillAndNoOther) {
  auto still = open();
  auto other = open();
  still.near->observe(false);
  still.far->send(testkit::pattern(4'000'000));
  other.far->send(testkit::pattern(1'000'000));
  EXPECT_TRUE(until([&] { return other.near->received().size() == 1'000'000; }));
  EXPECT_EQ(other.near->received(), testkit::pattern(1'000'000));
}

TEST_F(UpstreamPairTest, SharesAConnectionAndOpensAnotherWhenItIsFull) {
  std::vector<Ends> tunnels;
  for (int i = 0; i < 2; ++i) tunnels.push_back(open());
  EXPECT_EQ(server_.host.network.attempts.size(), 1U);
  for (int i = 0; i < 2; ++i) tunnels.push_back(open());
  EXPECT_EQ(server_.host.network.attempts.size(), 2U);
  EXPECT_EQ(upstream_.host.metrics().gauged("konduit_upstream_connections"), 2);
  const auto refused = testkit::await(shard_, upstream_.part->dial(request_for(shard_)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, DialErrc::overloaded);
  EXPECT_EQ(refused.error().text, "the server tcp://server: all 2 connections carry as many tunnels as they may");
  tunnels.pop_back();
  settle();
  EXPECT_TRUE(open().near);
}

TEST_F(UpstreamPairTest, DialsAtOnceWaitForOneConnection) {
  server_.dialer.at_once = true;
  RunningDial first(shard_, *upstream_.part, request_for(shard_));
  RunningDial second(shard_, *upstream_.part, request_for(shard_));
  ASSERT_TRUE(until([&] { return first.done() && second.done(); }));
  EXPECT_TRUE(*first.result && *second.result);
  EXPECT_EQ(server_.host.network.attempts.size(), 1U);
}

TEST_F(UpstreamPairTest, PassesTheServersWordsOn) {
  RunningDial dial(shard_, *upstream_.part, request_for(shard_));
  ASSERT_TRUE(until([&] { return server_.dialer.dials.size() == 1; }));
  server_.dialer.dials[0]->fail(DialErrc::refused, "dial tcp 10.0.0.1:443: connect: connection refused");
  ASSERT_TRUE(until([&] { return dial.done(); }));
  ASSERT_FALSE(*dial.result);
  EXPECT_EQ(dial.result->error().code, DialErrc::refused);
  EXPECT_FALSE(dial.result->error().retryable);
  EXPECT_EQ(dial.result->error().text, "dial tcp 10.0.0.1:443: connect: connection refused");
}

TEST_F(UpstreamPairTest, MayBeTriedElsewhereWhereTheServerHasNoAgent) {
  RunningDial dial(shard_, *upstream_.part, request_for(shard_));
  ASSERT_TRUE(until([&] { return server_.dialer.dials.size() == 1; }));
  server_.dialer.dials[0]->fail(DialErrc::no_route, "nobody is there");
  ASSERT_TRUE(until([&] { return dial.done(); }));
  ASSERT_FALSE(*dial.result);
  EXPECT_EQ(dial.result->error().code, DialErrc::no_route);
  EXPECT_TRUE(dial.result->error().retryable);
  EXPECT_EQ(dial.result->error().text, "the server tcp://server: No agent available");
}

TEST_F(UpstreamPairTest, CancelsTheServersDialWithItsOwn) {
  RunningDial dial(shard_, *upstream_.part, request_for(shard_));
  ASSERT_TRUE(until([&] { return server_.dialer.dials.size() == 1; }));
  dial.cancel();
  EXPECT_TRUE(until([&] { return dial.done() && server_.dialer.dials[0]->cancelled; }));
  EXPECT_EQ(dial.result->error().code, DialErrc::cancelled);
}

TEST_F(UpstreamPairTest, ClosesAConnectionThatHasBeenIdle) {
  {
    auto tunnel = open();
    for (int second = 0; second < 61; ++second) {
      shard_.deadlines().advance(1s);
      settle();
    }
    EXPECT_EQ(upstream_.host.metrics().gauged("konduit_upstream_connections"), 1);
  }
  settle();
  EXPECT_EQ(upstream_.host.metrics().gauged("konduit_upstream_connections"), 1);
  for (int second = 0; second < 61; ++second) {
    shard_.deadlines().advance(1s);
    settle();
  }
  EXPECT_TRUE(until([&] { return upstream_.host.metrics().gauged("konduit_upstream_connections") == 0; }));
}

TEST_F(UpstreamPairTest, TellsItsTunnelsWhenItStops) {
  auto tunnel = open();
  upstream_.stop();
  EXPECT_TRUE(until([&] { return tunnel.near->read_end().failed() && tunnel.far->read_end().failed(); }));
}

/// Servers that say what the test wants, as stock ones do: one after another on "tcp://server".
class UpstreamStockTest : public testing::Test {
 protected:
  struct FakeServer final : Listener::Handler {
    explicit FakeServer(UpstreamStockTest& t) : test(t), listener(t.network_.listen("tcp://server")) {
      listener->start(test.shard_, *this);
    }
    void on_connection(Connection connection) override {
      wires.push_back(dynamic_cast<testkit::MemoryStream*>(connection.stream.get()));
      peers.push_back(
          std::make_unique<RawPeer>(test.shard_, std::move(connection.stream), http2::Role::server, settings));
      peers.back()->refusal = refusal;
    }

    UpstreamStockTest& test;
    http2::Settings settings;
    std::optional<http2::GrpcEnd> refusal;
    std::deque<std::unique_ptr<RawPeer>> peers;
    std::vector<testkit::MemoryStream*> wires;  // of the peers
    std::shared_ptr<Listener> listener;
  };

  explicit UpstreamStockTest(const config::Node& node = nodes::upstream()) : upstream_(shard_, network_, node) {
    shard_.deadlines().fake_clock();
  }
  ~UpstreamStockTest() override { server_.listener->stop(shard_); }

  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }
  std::unique_ptr<RunningDial> dial() {
    return std::make_unique<RunningDial>(shard_, *upstream_.part, request_for(shard_));
  }
  /// Waits for the `count`-th DIAL_REQ of the last connection.
  bool asked(std::size_t connections = 1) {
    return until(
        [&] { return server_.peers.size() == connections && !peer().calls.empty() && peer().count(DIAL_REQ) == 1; });
  }
  RawPeer& peer() { return *server_.peers.back(); }
  std::int64_t random() { return peer().heard(DIAL_REQ).packet.dialrequest().random(); }
  /// Over the `connections`-th connection, as its first tunnel.
  std::unique_ptr<StreamUser> open(std::int64_t connect_id = 7, std::size_t connections = 1) {
    const auto running = dial();
    EXPECT_TRUE(asked(connections));
    peer().send(dial_success(random(), connect_id));
    EXPECT_TRUE(until([&] { return running->done(); }));
    EXPECT_TRUE(*running->result);
    if (!*running->result) return nullptr;
    auto user = std::make_unique<StreamUser>(shard_, std::move(**running->result));
    user->receive();
    return user;
  }

  Shard shard_;
  testkit::MemoryNetwork network_;
  FakeServer server_{*this};
  UpstreamStation upstream_;
};

TEST_F(UpstreamStockTest, CallsAsAStockClientDoes) {
  const auto running = dial();
  ASSERT_TRUE(asked());
  const http2::Headers& request = *peer().request;
  EXPECT_EQ(request.get(":path"), "/ProxyService/Proxy");
  EXPECT_EQ(request.get(":authority"), "server");
  EXPECT_EQ(request.get("content-type").substr(0, 16), "application/grpc");
  const auto& asked_for = peer().heard(DIAL_REQ).packet.dialrequest();
  EXPECT_EQ(asked_for.protocol(), "tcp");
  EXPECT_EQ(asked_for.address(), "10.0.0.1:443");
}

TEST_F(UpstreamStockTest, SendsNothingThatAStockServerDoesNotKnow) {
  auto tunnel = open();
  peer().send_data(7, testkit::pattern(200'000));
  tunnel->send("hello");
  ASSERT_TRUE(until([&] { return tunnel->received().size() == 200'000 && peer().of().received[7] == "hello"; }));
  EXPECT_FALSE(tunnel->half_close());
  tunnel->close();
  ASSERT_TRUE(until([&] { return peer().count(CLOSE_REQ) == 1; }));
  EXPECT_TRUE(peer().of().credit.empty());
  EXPECT_EQ(peer().count(HALF_CLOSE) + peer().count(RESET), 0U);
}

TEST_F(UpstreamStockTest, EndsTheCallWhenTheCloseIsConfirmed) {
  auto tunnel = open();
  tunnel->close();
  ASSERT_TRUE(until([&] { return peer().count(CLOSE_REQ) == 1; }));
  EXPECT_FALSE(peer().of().closed);
  peer().send(close_response(7, ""));
  EXPECT_TRUE(until([&] { return peer().of().closed; }));
}

TEST_F(UpstreamStockTest, EndsTheCallAlsoWhenNobodyConfirmsTheClose) {
  auto tunnel = open();
  tunnel->close();
  ASSERT_TRUE(until([&] { return peer().count(CLOSE_REQ) == 1; }));
  shard_.deadlines().advance(10s);
  EXPECT_TRUE(until([&] { return peer().of().closed; }));
}

TEST_F(UpstreamStockTest, AServerThatTakesTheLastBytesSlowlyGetsThemAll) {
  server_.settings.stream_window = 65'535;
  auto tunnel = open();
  peer().consumes = false;
  const std::string bytes = testkit::pattern(200'000);
  tunnel->send(bytes);
  ASSERT_TRUE(until([&] { return tunnel->unsent() == 0; }));
  tunnel->close();
  RawPeer::Call& call = peer().of();
  for (int step = 0; step < 20 && call.received[7].size() < bytes.size(); ++step) {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
    const std::size_t taken = std::min<std::size_t>(call.withheld, 33'000);
    call.withheld -= taken;
    peer().connection().consume(peer().last, taken);
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
    shard_.deadlines().advance(6s);
  }
  EXPECT_TRUE(call.received[7] == bytes);
  ASSERT_TRUE(until([&] { return peer().count(CLOSE_REQ) == 1; }));
  shard_.deadlines().advance(10s);
  shard_.run_turn(Duration::zero());
  shard_.deadlines().advance(10s);
  EXPECT_TRUE(until([&] { return call.closed; })) << "it has everything and confirms nothing";
}

TEST_F(UpstreamStockTest, KeepsWhatCameBeforeTheServersClose) {
  auto tunnel = open();
  peer().send_data(7, "the last words");
  peer().send(close_response(7, ""));
  ASSERT_TRUE(until([&] { return end_of_stream(tunnel->read_end()); }));
  EXPECT_EQ(tunnel->received(), "the last words");
}

TEST_F(UpstreamStockTest, AsksAgainWhereTheConnectionDiedBeforeTheAnswer) {
  const auto running = dial();
  ASSERT_TRUE(asked());
  peer().vanish();
  ASSERT_TRUE(asked(2));
  peer().send(dial_success(random(), 9));
  ASSERT_TRUE(until([&] { return running->done(); }));
  EXPECT_TRUE(*running->result);
}

TEST_F(UpstreamStockTest, AsksNoThirdTime) {
  const auto running = dial();
  ASSERT_TRUE(asked());
  peer().vanish();
  ASSERT_TRUE(asked(2));
  peer().vanish();
  ASSERT_TRUE(until([&] { return running->done(); }));
  ASSERT_FALSE(*running->result);
  EXPECT_EQ(running->result->error().code, DialErrc::peer_gone);
  EXPECT_TRUE(running->result->error().retryable);
  EXPECT_THAT(running->result->error().text,
              HasSubstr("the server tcp://server did not answer the dial to 10.0.0.1:443"));
}

TEST_F(UpstreamStockTest, SaysWithWhatTheCallWasRefused) {
  server_.refusal = http2::GrpcEnd{http2::GrpcStatus::unimplemented, "unknown service ProxyService"};
  const auto running = dial();
  ASSERT_TRUE(until([&] { return running->done(); }));
  ASSERT_FALSE(*running->result);
  EXPECT_THAT(running->result->error().text, HasSubstr("UNIMPLEMENTED: unknown service ProxyService"));
}

TEST_F(UpstreamStockTest, GivesUpWhenThereIsNoAnswerInTime) {
  const auto running = dial();
  ASSERT_TRUE(asked());
  shard_.deadlines().advance(30s);
  ASSERT_TRUE(until([&] { return running->done() && peer().of().closed; }));
  EXPECT_EQ(running->result->error().code, DialErrc::timeout);
}

TEST_F(UpstreamStockTest, LetsTunnelsEndBehindGoawayAndDialsOnAnotherConnection) {
  auto tunnel = open();
  peer().connection().drain();
  for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  const auto running = dial();
  ASSERT_TRUE(asked(2));
  server_.peers[0]->send_data(7, "still here");
  EXPECT_TRUE(until([&] { return tunnel->received() == "still here"; }));
}

TEST_F(UpstreamStockTest, OpensAnotherConnectionWhereTheServerTakesNoMoreStreams) {
  server_.settings.max_streams = 1;
  auto tunnel = open();
  const auto running = dial();
  EXPECT_TRUE(asked(2));
}

TEST_F(UpstreamStockTest, DialsAtOnceWaitToHearHowManyStreamsTheServerTakes) {
  server_.settings.max_streams = 1;
  const auto first = dial();
  const auto second = dial();
  ASSERT_TRUE(asked(2));
  EXPECT_EQ(server_.peers[0]->count(DIAL_REQ), 1U);
  const auto third = dial();
  ASSERT_TRUE(until([&] { return third->done(); }));
  ASSERT_FALSE(*third->result);
  EXPECT_EQ(third->result->error().code, DialErrc::overloaded);
  EXPECT_EQ(third->result->error().text,
            "the server tcp://server: all 2 connections carry as many tunnels as they may");
}

TEST_F(UpstreamStockTest, DialsAreCountedUntilTheyAreAnswered) {
  const auto pending = [this] { return upstream_.host.metrics().gauged("konduit_upstream_dials_pending"); };
  const auto answered = dial();
  ASSERT_TRUE(asked());
  EXPECT_EQ(pending(), 1);
  peer().send(dial_success(random(), 7));
  ASSERT_TRUE(until([&] { return answered->done(); }));
  EXPECT_EQ(pending(), 0);
  const auto cancelled = dial();
  ASSERT_TRUE(until([&] { return pending() == 1; }));
  cancelled->cancel();
  EXPECT_TRUE(until([&] { return cancelled->done(); }));
  EXPECT_EQ(pending(), 0);
  const auto lost = dial();
  ASSERT_TRUE(until([&] { return pending() == 1; }));
  server_.listener->stop(shard_);
  peer().vanish();
  EXPECT_TRUE(until([&] { return lost->done(); }));
  EXPECT_EQ(pending(), 0);
}

/// The same with one connection.
class UpstreamSingleTest : public UpstreamStockTest {
 protected:
  UpstreamSingleTest() : UpstreamStockTest(nodes::upstream("1")) {}
};

TEST_F(UpstreamSingleTest, LetsTunnelsEndBehindGoawayAndDialsOnAnotherConnection) {
  auto tunnel = open();
  peer().connection().drain();
  settle();
  ASSERT_TRUE(open(8, 2));
  server_.peers[0]->send_data(7, "still here");
  EXPECT_TRUE(until([&] { return tunnel->received() == "still here"; }));
}

TEST_F(UpstreamSingleTest, AConnectionBehindGoawayClosesWithItsLastTunnel) {
  auto tunnel = open();
  peer().connection().drain();
  settle();
  server_.wires[0]->hold();  // the server does not close it
  tunnel->close();
  settle();
  for (int second = 0; second < 20; ++second) {
    shard_.deadlines().advance(1s);
    settle();
  }
  EXPECT_EQ(upstream_.host.metrics().gauged("konduit_upstream_connections"), 0);
}

TEST_F(UpstreamSingleTest, AServerThatGoesAwayAgainAndAgainHasNoMoreConnectionsThanIsBounded) {
  std::vector<std::unique_ptr<StreamUser>> tunnels;
  for (std::size_t round = 1; round <= 16; ++round) {
    tunnels.push_back(open(7, round));
    ASSERT_TRUE(tunnels.back());
    peer().connection().drain();
    settle();
  }
  const auto running = dial();
  ASSERT_TRUE(until([&] { return running->done(); }));
  ASSERT_FALSE(*running->result);
  EXPECT_EQ(running->result->error().code, DialErrc::overloaded);
  EXPECT_EQ(running->result->error().text,
            "the server tcp://server: 16 connections on which it takes no more dials still carry tunnels");
}

TEST_F(UpstreamStockTest, SaysThatTheServerCannotBeReached) {
  server_.listener->stop(shard_);
  const auto running = dial();
  ASSERT_TRUE(until([&] { return running->done(); }));
  ASSERT_FALSE(*running->result);
  EXPECT_EQ(running->result->error().code, DialErrc::no_route);
  EXPECT_TRUE(running->result->error().retryable);
  EXPECT_EQ(upstream_.host.metrics().counted("konduit_upstream_connect_failures_total"), 1U);
}

TEST(UpstreamBackendTest, ReportsWhatIsNoUrl) {
  Shard shard;
  testkit::TestHost host(shard, "grpc/up");
  auto node = nodes::map({{"url", nodes::text("server:8090")},
                          {"connections", nodes::text("1")},
                          {"tunnels_per_connection", nodes::text("1")},
                          {"dial_timeout", nodes::text("1s")},
                          {"idle_timeout", nodes::text("1s")},
                          {"keepalive", nodes::text("0s")}});
  const UpstreamBackend backend(node, host);
  ASSERT_EQ(host.reports().size(), 1U);
  EXPECT_THAT(host.reports()[0].what, HasSubstr("must be a url"));
}

}  // namespace
}  // namespace konduit::transport_grpc
