#include "fixture.hpp"
#include "http-connect/reply.hpp"

namespace konduit::http_connect {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testkit::StreamUser;

using Frontend = FrontendTest;

TEST_F(Frontend, ListensForHttp11AndTakesClientsThatOfferNothing) {
  start();
  ASSERT_EQ(host.listened().size(), 1u);
  EXPECT_THAT(host.listened()[0].alpn, ElementsAre("http/1.1"));
  EXPECT_FALSE(host.listened()[0].require_alpn);
}

TEST_F(Frontend, DialsTheRequestTargetAndAnswersExactly) {
  start();
  const auto client = request_target("10.0.0.7:443");
  ASSERT_EQ(dialer.requests.size(), 1u);
  EXPECT_EQ(dialer.requests[0].target.host, "10.0.0.7");
  EXPECT_EQ(dialer.requests[0].target.port, 443);
  EXPECT_EQ(dialer.requests[0].frontend, "http-connect/ops");
  EXPECT_EQ(dialer.requests[0].deadline, shard.now() + std::chrono::seconds(30));
  EXPECT_EQ(client->received(), "") << "nothing is said before the dial has succeeded";
  dialer.succeed();
  ASSERT_TRUE(until([&] { return dialer.spliced.size() == 1; }));
  ASSERT_TRUE(until([&] { return client->received() == kEstablished; }));
  EXPECT_EQ(counted("200"), 1u);
  EXPECT_EQ(open_connections(), 1) << "a tunnel's connection counts";
}

TEST_F(Frontend, TheAnswerComesBeforeEveryByteOfTheTunnel) {
  start();
  dialer.succeed();
  const auto client = request_target("[2001:db8::1]:80");
  ASSERT_EQ(dialer.spliced.size(), 1u);
  EXPECT_EQ(dialer.requests[0].target.host, "2001:db8::1");
  StreamUser tunnel(shard, std::move(dialer.spliced[0]));
  tunnel.send("the endpoint speaks first");
  settle();
  EXPECT_EQ(client->received(), kEstablished);
  pass(std::chrono::milliseconds(4));
  EXPECT_EQ(client->received(), std::string(kEstablished) + "the endpoint speaks first");
  EXPECT_EQ(host.metrics().observed("konduit_http_connect_write_wait_seconds"), 1u);
}

TEST_F(Frontend, BytesBehindTheHeadBelongToTheTunnel) {
  start();
  const auto client = request("CONNECT a.example:1 HTTP/1.1\r\n\r\n\x16\x03hello");
  client->send(" and more");
  dialer.succeed();
  ASSERT_TRUE(until([&] { return dialer.spliced.size() == 1; }));
  StreamUser tunnel(shard, std::move(dialer.spliced[0]));
  tunnel.receive();
  EXPECT_TRUE(until([&] { return tunnel.received() == "\x16\x03hello and more"; })) << tunnel.received();
}

TEST_F(Frontend, OtherMethodsAreRefused) {
  start();
  const auto client = request("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(client->received(), EndsWith("this proxy only supports CONNECT passthrough\n"));
  EXPECT_TRUE(dialer.requests.empty());
  EXPECT_EQ(counted("405"), 1u);
}

TEST_F(Frontend, WhatIsNotHttpIsRefused) {
  start();
  const auto client = request("\x16\x03\x01 client hello\r\n\r\n");
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 400 "));
}

TEST_F(Frontend, TargetsWithoutAPortAreRefused) {
  start();
  for (const char* target : {"example.com", "example.com:", "example.com:99999", ":80", "http://a/"}) {
    const auto client = request_target(target);
    ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; })) << target;
    EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 400 Bad Request: CONNECT wants host:port"));
  }
  EXPECT_TRUE(dialer.requests.empty());
  EXPECT_EQ(counted("400"), 5u);
}

TEST_F(Frontend, AHeadThatIsTooLongIsRefusedAndTheClientCanReadSo) {
  start();
  const auto client = request("CONNECT a:1 HTTP/1.1\r\nX: " + std::string(200'000, 'x'));
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 431 "));
  EXPECT_TRUE(until([&] { return client->unsent() == 0; })) << "the rest is read, or the reply would be lost";
}

TEST_F(Frontend, ASlowHeadEndsAtItsDeadline) {
  start();
  const auto client = request("CONNECT a:1 HT");
  pass(std::chrono::milliseconds(59'900));
  EXPECT_EQ(client->received(), "");
  pass(std::chrono::milliseconds(200));
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(counted("408"), 1u);
}

TEST_F(Frontend, AClientThatSaysNothingIsClosedWithoutAWord) {
  start();
  const auto client = request("");
  pass(std::chrono::seconds(61));
  ASSERT_TRUE(until([&] { return bool(client->read_end()); }));
  EXPECT_EQ(client->received(), "");
  EXPECT_EQ(counted("408"), 0u);
}

TEST_F(Frontend, AFailedDialIsAnsweredWithItsReason) {
  start();
  dialer.fail({.code = DialErrc::no_route, .text = "No agent available"});
  const auto client = request_target("a:1");
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 503 Service Unavailable: currently no tunnels available"));
  EXPECT_THAT(client->received(), EndsWith("\r\n\r\ncurrently no tunnels available: No agent available\n"));
  EXPECT_EQ(counted("503"), 1u);
}

TEST_F(Frontend, ABackendThatForgetsItsDeadlineIsAnsweredFor) {
  start();
  const auto client = request_target("a:1");
  pass(std::chrono::seconds(30));
  EXPECT_EQ(client->received(), "");
  pass(std::chrono::milliseconds(1'100));
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 504 "));
  EXPECT_EQ(dialer.cancelled, 1u);
}

TEST_F(Frontend, ATunnelThatComesTooLateIsGivenBackAndAnsweredFor) {
  start();
  dialer.patient = true;
  const auto client = request_target("a:1");
  pass(std::chrono::milliseconds(31'100));
  dialer.succeed();
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 504 "));
  EXPECT_EQ(dialer.dropped, 1u);
  EXPECT_EQ(counted("504"), 1u);
  EXPECT_EQ(counted("499"), 0u);
}

TEST_F(Frontend, TheDialIsCancelledWhenTheClientLeaves) {
  start();
  auto client = request_target("a:1");
  ASSERT_EQ(dialer.requests.size(), 1u);
  client.reset();
  ASSERT_TRUE(until([&] { return dialer.cancelled == 1; }));
  EXPECT_TRUE(until([&] { return counted("499") == 1; }));
  EXPECT_TRUE(dialer.spliced.empty());
}

TEST_F(Frontend, ADialThatSucceedsAsTheClientLeavesIsGivenBack) {
  start();
  auto client = request_target("a:1");
  dialer.succeed();
  client.reset();
  ASSERT_TRUE(until([&] { return dialer.dropped + dialer.spliced.size() + dialer.cancelled == 1; }));
}

TEST_F(Frontend, AHalfClosedClientStillGetsItsAnswer) {
  start();
  const auto client = request_target("a:1");
  ASSERT_TRUE(client->half_close());
  settle();
  EXPECT_EQ(dialer.cancelled, 0u);
  dialer.succeed();
  EXPECT_TRUE(until([&] { return client->received() == kEstablished; }));
}

TEST_F(Frontend, AnAuthenticatorSeesTheTokenAndNamesThePeer) {
  start(true);
  auto client = connect({.address = "tcp://192.0.2.1:5"});
  client->send("CONNECT a:1 HTTP/1.1\r\nProxy-Authorization: Bearer s3cret\r\n\r\n");
  ASSERT_TRUE(until([&] { return dialer.requests.size() == 1; }));
  EXPECT_EQ(authenticator.token, "s3cret");
  EXPECT_EQ(dialer.requests[0].peer.identity, "somebody");
  EXPECT_EQ(dialer.requests[0].peer.address, "tcp://192.0.2.1:5");
  EXPECT_THAT(host.log().text(), Not(HasSubstr("s3cret")));
}

TEST_F(Frontend, WhoIsNotLetInLearnsWhyAndDialsNothing) {
  start(true);
  for (const auto& [reason, status] :
       {std::pair{Refusal::Reason::unauthenticated, "407"}, std::pair{Refusal::Reason::forbidden, "403"},
        std::pair{Refusal::Reason::unavailable, "503"}}) {
    authenticator.refusal = Refusal{.reason = reason, .text = "no entry"};
    const auto client = request_target("a:1");
    ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
    EXPECT_THAT(client->received(), StartsWith(std::string("HTTP/1.1 ") + status));
    EXPECT_THAT(client->received(), EndsWith("no entry\n"));
    EXPECT_EQ(counted(status), 1u);
  }
  EXPECT_TRUE(dialer.requests.empty());
}

TEST_F(Frontend, AnAuthenticatorThatThrowsIsAnsweredFor) {
  start(true);
  authenticator.throws = true;
  auto client = request_target("a:1");
  ASSERT_TRUE(until([&] { return client->read_end() == StreamErrc::end_of_stream; }));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 503 Service Unavailable: internal error of the authenticator"));
  EXPECT_THAT(client->received(), Not(HasSubstr("a defect"))) << "who is not let in learns nothing of our insides";
  EXPECT_THAT(host.log().text(), HasSubstr("a defect"));
  EXPECT_EQ(counted("503"), 1u);
  client.reset();
  EXPECT_TRUE(until([&] { return open_connections() == 0; }));
}

TEST_F(Frontend, AHeadMayComeInPieces) {
  start();
  const auto client = connect();
  client->receive();
  for (const char* piece : {"CONNECT a.exa", "mple:1 HTTP/1.1\r\n", "\r", "\nearly"}) {
    EXPECT_TRUE(dialer.requests.empty());
    client->send(piece);
    settle();
  }
  ASSERT_EQ(dialer.requests.size(), 1u);
  dialer.succeed();
  ASSERT_TRUE(until([&] { return dialer.spliced.size() == 1; }));
  StreamUser tunnel(shard, std::move(dialer.spliced[0]));
  tunnel.receive();
  EXPECT_TRUE(until([&] { return tunnel.received() == "early"; })) << tunnel.received();
}

}  // namespace
}  // namespace konduit::http_connect
