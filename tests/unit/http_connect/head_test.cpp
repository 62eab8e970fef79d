#include "http-connect/head.hpp"

#include <gmock/gmock.h>

#include "konduit/shard.hpp"

namespace konduit::http_connect {
namespace {

constexpr std::string_view kHead =
    "CONNECT 10.0.0.7:443 HTTP/1.1\r\nHost: 127.0.0.1\r\nproxy-authorization: bearer  s3cret\r\n\r\n";

class Head : public testing::Test {
 protected:
  HeadState feed(HeadParser& parser, std::string_view text) {
    if (!text.empty()) received.push_back(shard.pool().copy(text));
    return parser.feed(received, shard.pool());
  }
  HeadState whole(std::string_view text, std::size_t limit = 1024) {
    received.clear();
    HeadParser parser(limit);
    return feed(parser, text);
  }
  std::string rest() {
    std::string text;
    while (received.count() > 0) text += received.pop_front().text();
    return text;
  }

  Shard shard;
  BufferQueue received;
};

TEST_F(Head, IsReadAndWhatFollowsIsLeftAlone) {
  HeadParser parser(1024);
  EXPECT_TRUE(parser.untouched());
  ASSERT_EQ(feed(parser, std::string(kHead) + "\x16tunnel\r\n\r\n"), HeadState::complete);
  EXPECT_EQ(parser.head().method, "CONNECT");
  EXPECT_EQ(parser.head().target, "10.0.0.7:443");
  EXPECT_EQ(parser.head().bearer_token, "s3cret");
  EXPECT_EQ(rest(), "\x16tunnel\r\n\r\n");
}

TEST_F(Head, MayComeInPiecesOfAnySize) {
  const std::string text = std::string(kHead) + "tail";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    HeadParser parser(1024);
    HeadState state = HeadState::incomplete;
    received.clear();
    for (std::size_t at = 0; at < text.size(); at += piece) state = feed(parser, text.substr(at, piece));
    ASSERT_EQ(state, HeadState::complete) << "in pieces of " << piece;
    ASSERT_EQ(rest(), "tail") << "in pieces of " << piece;
  }
}

TEST_F(Head, IsIncompleteUntilItsEmptyLine) {
  for (std::size_t size = 0; size < kHead.size(); ++size) {
    ASSERT_EQ(whole(kHead.substr(0, size)), HeadState::incomplete) << "after " << size;
  }
}

TEST_F(Head, ABodyThatItAnnouncesBelongsToTheTunnel) {
  EXPECT_EQ(whole("CONNECT a:1 HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"), HeadState::complete);
  EXPECT_EQ(rest(), "body");
  EXPECT_EQ(whole("CONNECT a:1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n"), HeadState::complete);
  EXPECT_EQ(rest(), "4\r\n");
}

TEST_F(Head, OtherGrammarIsRefused) {
  for (const std::string_view text : {
           "\x16\x03\x01\x02\x00\x01 a TLS client hello\r\n\r\n",
           "CONNECT a:1 HTTP/2.0\r\n\r\n",
           "CONNECT a:1\r\n\r\n",
           "CONNECT  a:1 HTTP/1.1\r\n\r\n",
           "CONNECT a:1 HTTP/1.1\r\nNo colon\r\n\r\n",
           "CONNECT a:1 HTTP/1.1\r\nSpace : x\r\n\r\n",
           "CONNECT a:1 HTTP/1.1\r\nA: x\x01\r\n\r\n",
           "CONNECT a:1 HTTP/1.1\r\nProxy-Authorization: Bearer a\r\nProxy-Authorization: Bearer b\r\n\r\n",
       }) {
    HeadParser parser(1024);
    received.clear();
    EXPECT_EQ(feed(parser, text), HeadState::malformed) << text;
    EXPECT_FALSE(parser.error().empty());
    EXPECT_EQ(feed(parser, kHead), HeadState::malformed) << "it changed its mind";
  }
}

TEST_F(Head, OtherSchemesCarryNoToken) {
  for (const std::string_view value : {"Basic abc", "Bearer", "Bearer ", "Bearerx y", ""}) {
    HeadParser parser(1024);
    received.clear();
    const auto text = "CONNECT a:1 HTTP/1.1\r\nProxy-Authorization: " + std::string(value) + "\r\n\r\n";
    ASSERT_EQ(feed(parser, text), HeadState::complete);
    EXPECT_EQ(parser.head().bearer_token, "") << value;
  }
}

TEST_F(Head, EndsAtItsLimit) {
  EXPECT_EQ(whole(kHead, kHead.size()), HeadState::complete);
  EXPECT_EQ(whole(kHead, kHead.size() - 1), HeadState::too_large);
  EXPECT_EQ(whole("CONNECT " + std::string(2000, 'a')), HeadState::too_large);
  EXPECT_EQ(whole("CONNECT a:1 HTTP/1.1\r\nA: " + std::string(2000, 'a')), HeadState::too_large);
  EXPECT_EQ(whole(std::string(kHead) + std::string(5000, 'x')), HeadState::complete) << "what follows does not count";
  EXPECT_EQ(rest().size(), 5000u);
}

}  // namespace
}  // namespace konduit::http_connect
