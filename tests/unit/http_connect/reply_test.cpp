#include "http-connect/reply.hpp"

#include <gmock/gmock.h>

namespace konduit::http_connect {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Reply, EstablishedIsExactlyWhatKubeApiserverCompares) {
  EXPECT_EQ(kEstablished, "HTTP/1.1 200 Connection Established\r\n\r\n");
}

TEST(Reply, OtherMethodsGetTheReferencesWords) {
  const auto bytes = reply_to_method().bytes();
  EXPECT_THAT(bytes, StartsWith("HTTP/1.1 405 Method Not Allowed"));
  EXPECT_THAT(bytes, HasSubstr("\r\nAllow: CONNECT\r\n"));
  EXPECT_THAT(bytes, EndsWith("\r\n\r\nthis proxy only supports CONNECT passthrough\n"));
}

TEST(Reply, IsDelimitedByTheEndOfTheConnection) {
  const auto bytes = reply_to_slowness().bytes();
  EXPECT_THAT(bytes, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(bytes, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(bytes, HasSubstr("\r\nContent-Type: text/plain"));
}

TEST(Reply, AFailedDialGetsTheStatusOfItsClassAndWords) {
  const struct {
    DialErrc code;
    const char* text;
    unsigned status;
  } cases[] = {
      {DialErrc::no_route, "No agent available", 503},
      {DialErrc::overloaded, "too many dials", 503},
      {DialErrc::denied, "denied by acl/cluster", 403},
      {DialErrc::timeout, "nobody answered", 504},
      {DialErrc::refused, "dial tcp 10.0.0.1:80: i/o timeout", 504},
      {DialErrc::refused, "context deadline exceeded", 504},
      {DialErrc::refused, "dial tcp: socket: too many open files", 503},
      {DialErrc::refused, "dial tcp 10.0.0.1:80: connect: connection refused", 502},
      {DialErrc::unresolvable, "no such host", 502},
      {DialErrc::peer_gone, "the agent went away", 502},
  };
  for (const auto& c : cases) {
    const auto reply = reply_to_dial({.code = c.code, .text = c.text});
    EXPECT_EQ(reply.status, c.status) << c.text;
    EXPECT_THAT(reply.text, HasSubstr(c.text));
  }
}

TEST(Reply, NoAgentKeepsTheReferencesWords) {
  EXPECT_THAT(reply_to_dial({.code = DialErrc::no_route, .text = "No agent available"}).bytes(),
              EndsWith("\r\n\r\ncurrently no tunnels available: No agent available\n"));
}

TEST(Reply, TheReasonPhraseTellsWhatTheBodyTells) {
  EXPECT_THAT(reply_to_dial({.code = DialErrc::refused, .text = "connection refused"}).bytes(),
              StartsWith("HTTP/1.1 502 Bad Gateway: connection refused\r\n"));
}

TEST(Reply, APeersWordsCannotAddAHeader) {
  const auto bytes =
      reply_to_dial({.code = DialErrc::refused, .text = "x\r\nSet-Cookie: a=b\r\n\r\n" + std::string(5000, 'y')})
          .bytes();
  const auto head = bytes.substr(0, bytes.find("\r\n\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("\nSet-Cookie")));
  EXPECT_LT(head.size(), 500u);
}

TEST(Reply, RefusalsSayWhetherToComeBack) {
  EXPECT_EQ(reply_to_refusal({Refusal::Reason::unauthenticated, "who?"}).status, 407u);
  EXPECT_THAT(reply_to_refusal({Refusal::Reason::unauthenticated, "who?"}).bytes(),
              HasSubstr("\r\nProxy-Authenticate: Bearer\r\n"));
  EXPECT_EQ(reply_to_refusal({Refusal::Reason::forbidden, "not you"}).status, 403u);
  EXPECT_EQ(reply_to_refusal({Refusal::Reason::unavailable, "later"}).status, 503u);
}

}  // namespace
}  // namespace konduit::http_connect
