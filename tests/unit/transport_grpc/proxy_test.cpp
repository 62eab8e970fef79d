#include <gtest/gtest.h>

#include "proxy_fixture.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::pattern;

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

}  // namespace
}  // namespace konduit::transport_grpc
