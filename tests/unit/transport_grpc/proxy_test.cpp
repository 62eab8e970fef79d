#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "raw_peer.hpp"
#include "stations.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::pattern;
using testkit::StreamUser;

::Packet ask(std::int64_t random, std::string address = "10.0.0.1:443", std::string protocol = "tcp") {
  ::Packet packet = dial_request(random, address);
  packet.mutable_dialrequest()->set_protocol(protocol);
  return packet;
}

/// The `grpc` frontend and clients that say what the test wants. Time stands still.
class ProxyTest : public testing::Test {
 protected:
  ProxyTest() { shard_.deadlines().fake_clock(); }

  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }
  FakeDialer& dialer() { return station_.dialer; }

  std::unique_ptr<RawPeer> connect() {
    return std::make_unique<RawPeer>(shard_, station_.connect(), http2::Role::client);
  }
  std::unique_ptr<RawPeer> call() {
    auto client = connect();
    client->call("/ProxyService/Proxy");
    return client;
  }
  /// Dials `random` on the client's last stream; the target's end of the tunnel and its connectID.
  std::pair<std::unique_ptr<StreamUser>, std::int64_t> open(RawPeer& client, std::int64_t random) {
    const std::size_t index = dialer().dials.size();
    const auto stream = client.last;
    client.send(ask(random));
    EXPECT_TRUE(until([&] { return dialer().dials.size() == index + 1; }));
    dialer().dials[index]->succeed();
    EXPECT_TRUE(until([&] {
      return client.of(stream).packets.size() > 0 && client.heard(DIAL_RSP).packet.dialresponse().random() == random;
    }));
    const auto& answer = client.heard(DIAL_RSP).packet.dialresponse();
    EXPECT_EQ(answer.error(), "");
    EXPECT_NE(answer.connectid(), 0);
    return {std::make_unique<StreamUser>(shard_, std::move(dialer().dials[index]->spliced)), answer.connectid()};
  }
  void pass_gate() {
    settle();
    shard_.deadlines().advance(3ms);
  }

  Shard shard_;
  ProxyStation station_{shard_};
};

TEST_F(ProxyTest, ADialBecomesOneOfThePipelineAndBytesGoBothWays) {
  auto client = call();
  auto [target, id] = open(*client, 42);
  EXPECT_EQ(dialer().dials[0]->request.target.text(), "10.0.0.1:443");
  EXPECT_EQ(dialer().dials[0]->request.frontend, "grpc/kas");
  EXPECT_EQ(dialer().dials[0]->request.peer.address, "uds://");
  EXPECT_EQ(dialer().dials[0]->request.deadline, shard_.now() + 30s);
  target->receive();
  client->send_data(id, "question");
  ASSERT_TRUE(until([&] { return target->received() == "question"; }));
  const std::string text = pattern(500'000);
  target->send(text);
  ASSERT_TRUE(until([&] { return client->of().received[id].size() == text.size(); }));
  EXPECT_TRUE(client->of().received[id] == text);
}

TEST_F(ProxyTest, AnotherPathAndAnotherContentTypeAreRefused) {
  auto client = connect();
  client->call("/Nothing/Here");
  ASSERT_TRUE(until([&] { return client->of().end.has_value(); }));
  EXPECT_EQ(client->of().end->status, http2::GrpcStatus::unimplemented);
  EXPECT_EQ(client->of().end->message, "unknown service Nothing");
  client->call("", {},
               {{":method", "POST"},
                {":scheme", "http"},
                {":authority", "x"},
                {":path", "/ProxyService/Proxy"},
                {"content-type", "text/plain"},
                {"te", "trailers"}});
  ASSERT_TRUE(until([&] { return client->of().head.has_value(); }));
  EXPECT_EQ(client->of().head->get(":status"), "415");
}

TEST_F(ProxyTest, AnAuthorityThatIsAFilesPathIsTaken) {
  auto client = connect();
  http2::Headers head =
      http2::grpc_request("http", "/etc/kubernetes/konnectivity-server.socket", "/ProxyService/Proxy");
  client->call("", {}, head);
  client->send(ask(1));
  EXPECT_TRUE(until([&] { return dialer().dials.size() == 1; }));
}

TEST_F(ProxyTest, AFailedDialIsToldWithItsWordsAndEndsTheStreamWithStatusZero) {
  auto client = call();
  client->send(ask(7));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  dialer().dials[0]->fail(DialErrc::refused, "dial tcp 10.0.0.1:443: connect: connection refused");
  ASSERT_TRUE(until([&] { return client->of().end.has_value(); }));
  const auto& answer = client->heard(DIAL_RSP).packet.dialresponse();
  EXPECT_EQ(answer.random(), 7);
  EXPECT_EQ(answer.connectid(), 0);
  EXPECT_EQ(answer.error(), "dial tcp 10.0.0.1:443: connect: connection refused");
  EXPECT_EQ(client->of().end->status, http2::GrpcStatus::ok);
}

TEST_F(ProxyTest, NoRouteIsToldAsNoAgentAvailable) {
  auto client = call();
  client->send(ask(7));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  dialer().dials[0]->fail(DialErrc::no_route, "nobody is there");
  ASSERT_TRUE(until([&] { return client->of().end.has_value(); }));
  EXPECT_EQ(client->heard(DIAL_RSP).packet.dialresponse().error(), "No agent available");
}

TEST_F(ProxyTest, OtherProtocolsAndBadAddressesAreRefusedWithoutADial) {
  for (const ::Packet& bad : {ask(1, "10.0.0.1:443", "unix"), ask(1, "10.0.0.1:53", "udp"), ask(1, "10.0.0.1"),
                              ask(1, "a:b:c"), ask(1, "x:99999")}) {
    auto client = call();
    client->send(bad);
    ASSERT_TRUE(until([&] { return client->of().end.has_value(); })) << bad.dialrequest().address();
    EXPECT_NE(client->heard(DIAL_RSP).packet.dialresponse().error(), "");
  }
  EXPECT_TRUE(dialer().dials.empty());
}

TEST_F(ProxyTest, TheFirstBytesKeepTheirDistanceFromTheDialResponse) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  target->send("endpoint speaks first");
  settle();
  EXPECT_TRUE(client->of().received[id].empty());
  shard_.deadlines().advance(1ms);
  settle();
  EXPECT_TRUE(client->of().received[id].empty());
  shard_.deadlines().advance(1ms);
  EXPECT_TRUE(until([&] { return client->of().received[id] == "endpoint speaks first"; }));
}

TEST_F(ProxyTest, TheDistanceCountsFromWhenTheClientHasTakenTheResponse) {
  http2::Settings slow;
  slow.stream_window = 65'535;
  auto client = std::make_unique<RawPeer>(shard_, station_.connect(), http2::Role::client, slow);
  client->consumes = false;
  client->call("/ProxyService/Proxy");
  auto [first, id] = open(*client, 1);
  client->send_data(id, "go");
  first->send(pattern(200'000));
  settle();
  // The client's window is shut: the second answer waits behind the bytes of the first tunnel.
  client->send(ask(2));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 2; }));
  dialer().dials[1]->succeed();
  settle();
  StreamUser second(shard_, std::move(dialer().dials[1]->spliced));
  second.send("second speaks first");
  for (int i = 0; i < 20; ++i) {
    settle();
    shard_.deadlines().advance(25ms);
  }
  EXPECT_EQ(client->count(DIAL_RSP), 1u);
  client->consumes = true;
  client->connection().consume(client->last, client->of().withheld);
  ASSERT_TRUE(until([&] { return client->count(DIAL_RSP) == 2; }));
  const std::int64_t other = client->heard(DIAL_RSP).packet.dialresponse().connectid();
  settle();
  EXPECT_TRUE(client->of().received[other].empty());
  for (int i = 0; i < 4; ++i) {
    shard_.deadlines().advance(25ms);
    settle();
  }
  EXPECT_EQ(client->of().received[other], "second speaks first");
}

TEST_F(ProxyTest, AClientThatSpeaksOpensTheGateAtOnce) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  target->receive();
  target->send("answer");
  settle();
  EXPECT_TRUE(client->of().received[id].empty());
  client->send_data(id, "hello");
  EXPECT_TRUE(until([&] { return client->of().received[id] == "answer"; }));
}

TEST_F(ProxyTest, ATargetThatClosesAtOnceIsToldBehindTheGate) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  target->close();
  target->destroy();
  settle();
  EXPECT_EQ(client->count(CLOSE_RSP), 0u);
  EXPECT_FALSE(client->of().end);
  shard_.deadlines().advance(3ms);
  ASSERT_TRUE(until([&] { return client->of().end.has_value(); }));
  EXPECT_EQ(client->heard(CLOSE_RSP).packet.closeresponse().connectid(), id);
  EXPECT_EQ(client->heard(CLOSE_RSP).packet.closeresponse().error(), "");
  EXPECT_EQ(client->of().end->status, http2::GrpcStatus::ok);
}

TEST_F(ProxyTest, TheTargetsBytesComeBeforeItsCloseAndNeverAsAnEmptyData) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  pass_gate();
  const std::string text = pattern(300'000);
  target->send(text);
  ASSERT_TRUE(until([&] { return target->unsent() == 0; }));
  target->close();
  ASSERT_TRUE(until([&] { return client->of().end.has_value(); }));
  EXPECT_TRUE(client->of().received[id] == text);
  for (const auto& heard : client->of().packets) EXPECT_FALSE(heard.data && heard.packet.data().data().empty());
  EXPECT_EQ(client->of().packets.back().packet.type(), CLOSE_RSP);
}

TEST_F(ProxyTest, ACloseRequestIsAnsweredWhenTheTargetHasEverything) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  const std::string text = pattern(300'000);
  client->send_data(id, text);
  client->send(close_request(id));
  ASSERT_TRUE(until([&] { return target->closes() == 1; }));
  EXPECT_EQ(client->count(CLOSE_RSP), 0u);
  target->receive();
  ASSERT_TRUE(until([&] { return target->read_end().failed(); }));
  EXPECT_TRUE(end_of_stream(target->read_end()));
  EXPECT_TRUE(target->received() == text);
  target->close();
  ASSERT_TRUE(until([&] { return client->of().end.has_value(); }));
  EXPECT_EQ(client->heard(CLOSE_RSP).packet.closeresponse().error(), "");
  EXPECT_EQ(client->of().end->status, http2::GrpcStatus::ok);
}

TEST_F(ProxyTest, AResetTargetIsToldAsAnError) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  pass_gate();
  target->reset(ResetReason::peer_gone);
  ASSERT_TRUE(until([&] { return client->count(CLOSE_RSP) == 1; }));
  EXPECT_NE(client->heard(CLOSE_RSP).packet.closeresponse().error(), "");
}

TEST_F(ProxyTest, AClientThatVanishesEndsWhatItOwned) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  target->receive();
  client->call("/ProxyService/Proxy");
  client->send(ask(2));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 2; }));
  client->vanish();
  ASSERT_TRUE(until([&] { return target->closes() == 1 && dialer().dials[1]->cancelled; }));
  EXPECT_EQ(target->read_end(), make_error_code(StreamErrc::reset));
}

TEST_F(ProxyTest, AResetOrEndedStreamEndsWhatItOwnedAndNothingElse) {
  auto client = call();
  auto [first, id] = open(*client, 1);
  first->receive();
  const auto first_stream = client->last;
  client->call("/ProxyService/Proxy");
  auto [second, other] = open(*client, 1);
  second->receive();
  client->connection().reset(first_stream, http2::ErrorCode::cancel);
  ASSERT_TRUE(until([&] { return first->closes() == 1; }));
  client->send_data(other, "alive");
  ASSERT_TRUE(until([&] { return second->received() == "alive"; }));
  client->connection().finish(client->last);
  ASSERT_TRUE(until([&] { return second->closes() == 1; }));
}

TEST_F(ProxyTest, ADialThatIsTakenBackIsCancelled) {
  auto client = call();
  client->send(ask(5));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  client->send(dial_close(5));
  EXPECT_TRUE(until([&] { return dialer().dials[0]->cancelled; }));
  EXPECT_EQ(client->count(DIAL_RSP), 0u);
}

TEST_F(ProxyTest, SeveralDialsOnOneStreamGetIdsOfTheirOwn) {
  auto client = call();
  auto [first, one] = open(*client, 1);
  auto [second, two] = open(*client, 2);
  EXPECT_NE(one, two);
  first->receive();
  second->receive();
  client->send_data(two, "to two");
  client->send_data(one, "to one");
  ASSERT_TRUE(until([&] { return first->received() == "to one" && second->received() == "to two"; }));
  first->close();
  ASSERT_TRUE(until([&] { return client->count(CLOSE_RSP) == 1; }));
  settle();
  EXPECT_FALSE(client->of().end) << "the stream goes on while a tunnel lives";
  second->close();
  EXPECT_TRUE(until([&] { return client->of().end.has_value(); }));
}

TEST_F(ProxyTest, ADuplicateOfARandomIsNotDialledTwice) {
  auto client = call();
  client->send(ask(5));
  client->send(ask(5));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 1; }));
  settle();
  EXPECT_EQ(dialer().dials.size(), 1u);
}

TEST_F(ProxyTest, OneClientCannotTouchTheTunnelOfAnother) {
  auto honest = call();
  auto [target, id] = open(*honest, 1);
  target->receive();
  auto thief = call();
  auto [own, own_id] = open(*thief, 1);
  thief->call("/ProxyService/Proxy");
  thief->send(ask(3));
  thief->send(ask(4));
  ASSERT_TRUE(until([&] { return dialer().dials.size() == 4; }));
  thief->send_data(id, "stolen");
  thief->send(close_request(id));
  ASSERT_TRUE(until([&] { return thief->count(CLOSE_RSP) == 2; }));
  EXPECT_EQ(thief->heard(CLOSE_RSP).packet.closeresponse().error(), "Unknown connectID");
  honest->send_data(id, "mine");
  EXPECT_TRUE(until([&] { return target->received() == "mine"; }));
  EXPECT_EQ(target->closes(), 0u);
}

TEST_F(ProxyTest, ASecondConnectIdOnASingleDialsStreamClosesBoth) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  target->receive();
  client->send_data(id + 1000, "whose?");
  ASSERT_TRUE(until([&] { return client->of().end.has_value() && target->closes() == 1; }));
  EXPECT_EQ(client->count(CLOSE_RSP), 2u);
  EXPECT_EQ(client->heard(CLOSE_RSP).packet.closeresponse().error(), "mismatched connection IDs");
}

TEST_F(ProxyTest, DataBeforeAnyDialIsAnsweredInTheReferencesWords) {
  auto client = call();
  client->send(close_request(4));
  ASSERT_TRUE(until([&] { return client->count(CLOSE_RSP) == 1; }));
  EXPECT_EQ(client->heard(CLOSE_RSP).packet.closeresponse().error(), "backend uninitialized");
  client->send_data(4, "x");
  ASSERT_TRUE(until([&] { return client->of().end.has_value(); }));
  EXPECT_EQ(client->heard(CLOSE_RSP).packet.closeresponse().error(), "backend not initialized");
}

TEST_F(ProxyTest, ConnectIdZeroIsIgnored) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  target->receive();
  client->send_data(0, "nobody's");
  client->send_data(id, "mine");
  EXPECT_TRUE(until([&] { return target->received() == "mine"; }));
  EXPECT_FALSE(client->of().end);
}

TEST_F(ProxyTest, UnknownTypesAreIgnored) {
  auto client = call();
  ::Packet strange;
  strange.set_type(static_cast<PacketType>(99));
  client->send(strange);
  client->send(drain());
  auto [target, id] = open(*client, 1);
  EXPECT_NE(id, 0);
}

TEST_F(ProxyTest, ATargetThatDoesNotReadStopsTheClientAtItsWindow) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  const std::string text = pattern(4'000'000);
  client->send_data(id, text.substr(0, 2'000'000));
  client->send_data(id, text.substr(2'000'000));
  settle();
  EXPECT_GT(client->connection().queued(client->last), 2'500'000u);
  target->receive();
  ASSERT_TRUE(until([&] { return target->received().size() == text.size(); }));
  EXPECT_TRUE(target->received() == text);
}

TEST_F(ProxyTest, AClientThatDoesNotReadStopsTheTarget) {
  http2::Settings narrow;
  narrow.stream_window = 65'535;
  auto client = std::make_unique<RawPeer>(shard_, station_.connect(), http2::Role::client, narrow);
  client->call("/ProxyService/Proxy");
  auto [target, id] = open(*client, 1);
  client->consumes = false;
  pass_gate();
  const std::string text = pattern(4'000'000);
  target->send(text);
  settle();
  EXPECT_GT(target->unsent(), 3'000'000u);
  client->consumes = true;
  client->connection().consume(client->last, client->of().withheld);
  ASSERT_TRUE(until([&] { return client->of().received[id].size() == text.size(); }));
  EXPECT_TRUE(client->of().received[id] == text);
}

TEST_F(ProxyTest, DrainingLetsRunningTunnelsEnd) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  bool drained = false;
  TaskGroup tasks(shard_);
  struct Drain {
    static awaitable<void> run(FrontendPart* part, TimePoint deadline, bool* done) {
      co_await part->drain(deadline);
      *done = true;
    }
  };
  tasks.spawn(Drain::run(station_.part.get(), shard_.now() + 10s, &drained));
  ASSERT_TRUE(until([&] { return client->goaway.has_value(); }));
  target->receive();
  client->send_data(id, "still served");
  ASSERT_TRUE(until([&] { return target->received() == "still served"; }));
  EXPECT_FALSE(drained);
  target->close();
  EXPECT_TRUE(until([&] { return drained && client->over; }));
  testkit::await(shard_, tasks.join());
}

}  // namespace
}  // namespace konduit::transport_grpc
