#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "proxy_fixture.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::pattern;
using testkit::StreamUser;

class ProxyTunnelTest : public ProxyTest {};

TEST_F(ProxyTunnelTest, TheFirstBytesKeepTheirDistanceFromTheDialResponse) {
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

TEST_F(ProxyTunnelTest, AStockClientIsSentMessagesOfTwoFrames) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  client->send_data(id, "go");
  target->send(pattern(8 * 16'384));
  ASSERT_TRUE(until([&, id = id] { return client->of().received[id].size() == 8 * 16'384; }));
  EXPECT_TRUE(client->of().received[id] == pattern(8 * 16'384));
  EXPECT_EQ(
      station_.host.metrics().counted("konduit_grpc_packets_total", {{"direction", "sent"}, {"packet_type", "DATA"}}),
      5u);
}

TEST_F(ProxyTunnelTest, TheDistanceCountsFromWhenTheClientHasTakenTheResponse) {
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

TEST_F(ProxyTunnelTest, TheFirstBytesComeAlsoWhereAnotherStreamFillsTheConnection) {
  constexpr std::size_t kMegabyte = 1024 * 1024;
  station_.host.network.accepting.window = 8 * 1024;
  auto client = call();
  const auto busy = client->last;
  auto [first, id] = open(*client, 1);
  client->send_data(id, "go");
  first->send(pattern(8 * kMegabyte));
  settle();
  client->call("/ProxyService/Proxy");
  auto [second, other] = open(*client, 2);
  second->send("second speaks first");
  const std::string& received = client->of(busy).received[id];
  for (int turn = 0; turn < 5000 && received.size() < 8 * kMegabyte; ++turn) {
    shard_.run_turn(Duration::zero());
    shard_.deadlines().advance(1ms);
    if (!client->of().received[other].empty()) break;
  }
  EXPECT_EQ(client->of().received[other], "second speaks first");
  EXPECT_LT(received.size(), 4 * kMegabyte);
}

TEST_F(ProxyTunnelTest, AClientThatSpeaksOpensTheGateAtOnce) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  target->receive();
  target->send("answer");
  settle();
  EXPECT_TRUE(client->of().received[id].empty());
  client->send_data(id, "hello");
  EXPECT_TRUE(until([&] { return client->of().received[id] == "answer"; }));
}

TEST_F(ProxyTunnelTest, ATargetThatClosesAtOnceIsToldBehindTheGate) {
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

TEST_F(ProxyTunnelTest, TheTargetsBytesComeBeforeItsCloseAndNeverAsAnEmptyData) {
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

TEST_F(ProxyTunnelTest, ACloseRequestIsAnsweredWhenTheTargetHasEverything) {
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

TEST_F(ProxyTunnelTest, AResetTargetIsToldAsAnError) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  pass_gate();
  target->reset(ResetReason::peer_gone);
  ASSERT_TRUE(until([&] { return client->count(CLOSE_RSP) == 1; }));
  EXPECT_NE(client->heard(CLOSE_RSP).packet.closeresponse().error(), "");
}

TEST_F(ProxyTunnelTest, AClientThatVanishesEndsWhatItOwned) {
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

TEST_F(ProxyTunnelTest, AResetOrEndedStreamEndsWhatItOwnedAndNothingElse) {
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

TEST_F(ProxyTunnelTest, ATargetThatDoesNotReadStopsTheClientAtItsWindow) {
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

TEST_F(ProxyTunnelTest, AClientThatDoesNotReadStopsTheTarget) {
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

awaitable<void> drain_part(FrontendPart* part, TimePoint deadline, bool* done) {
  co_await part->drain(deadline);
  *done = true;
}

TEST_F(ProxyTunnelTest, AClientThatReadsNothingDialsNothingMore) {
  http2::Settings narrow;
  narrow.stream_window = 65'535;
  RawPeer client(shard_, station_.connect(), http2::Role::client, narrow);
  client.consumes = false;
  client.call("/ProxyService/Proxy");
  auto [running, id] = open(client, 1);
  client.send_data(id, "go");
  const auto asked = [&](std::int64_t random) {
    const std::size_t before = dialer().dials.size();
    client.send(ask(random));
    settle();
    return dialer().dials.size() - before;
  };
  std::int64_t random = 2;
  while (asked(random) == 1 && random < 2000) {
    dialer().dials.back()->fail(DialErrc::refused, std::string(1000, 'w'));
    settle();
    ++random;
  }
  EXPECT_GT(random, 1000);
  EXPECT_LT(random, 1300) << "a mebibyte waits for it";
  client.consumes = true;
  client.connection().consume(client.last, client.of().withheld);
  ASSERT_TRUE(until([&] { return client.count(DIAL_RSP) + 1 >= static_cast<std::size_t>(random); }));
  EXPECT_EQ(asked(random + 1), 1u);
}

TEST_F(ProxyTunnelTest, TunnelsThatEndedBehindTheirGatesCountAsDials) {
  auto client = call();
  auto [running, id] = open(*client, 2000);
  client->send_data(id, "go");
  for (std::int64_t random = 1; random <= 1000; ++random) open(*client, random);
  client->send(ask(1001));
  ASSERT_TRUE(until([&] { return client->heard(DIAL_RSP).packet.dialresponse().random() == 1001; }));
  EXPECT_EQ(client->heard(DIAL_RSP).packet.dialresponse().error(), "too many dials are under way");
  pass_gate();
  EXPECT_TRUE(until([&] { return client->count(CLOSE_RSP) == 1000; }));
  open(*client, 1002);
}

TEST_F(ProxyTunnelTest, DrainingServesWhoConnectedBeforeItAndTakesNoSecondCall) {
  auto client = call();
  bool drained = false;
  TaskGroup tasks(shard_);
  tasks.spawn(drain_part(station_.part.get(), shard_.now() + 10s, &drained));
  auto [target, id] = open(*client, 1);
  ASSERT_TRUE(until([&] { return client->goaway.has_value(); }));
  EXPECT_FALSE(drained);
  target->receive();
  client->send_data(id, "served");
  ASSERT_TRUE(until([&] { return target->received() == "served"; }));
  target->close();
  EXPECT_TRUE(until([&] { return drained && client->over; }));
  testkit::await(shard_, tasks.join());
}

TEST_F(ProxyTunnelTest, DrainingLetsRunningTunnelsEnd) {
  auto client = call();
  auto [target, id] = open(*client, 1);
  bool drained = false;
  TaskGroup tasks(shard_);
  tasks.spawn(drain_part(station_.part.get(), shard_.now() + 10s, &drained));
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
