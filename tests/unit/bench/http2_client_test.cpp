#include "bench/http2_client.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "fake_channel.hpp"

namespace konduit::bench {
namespace {

using namespace std::string_literals;

std::string frame(char type, char flags, char stream, const std::string& payload) {
  return std::string{'\0', static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size()), type, flags} +
         "\0\0\0"s + stream + payload;
}

const std::string kSettings = frame(4, 0, 0, "");
/// SETTINGS_INITIAL_WINDOW_SIZE.
const std::string kSmallWindow = frame(4, 0, 0, "\0\x04\0\0\x20\0"s);  // 8192

class Call final : public Http2Stream {
 public:
  std::string bytes;
  bool ended = false;
  int rooms = 0;

 private:
  void on_stream_bytes(std::span<const char> piece) override { bytes.append(piece.begin(), piece.end()); }
  void on_room() override { ++rooms; }
  void on_stream_end() override { ended = true; }
};

class Http2ClientTest : public ::testing::Test {
 protected:
  /// The server sends this, and the turn comes to its end.
  void hear(const std::string& bytes) {
    channel_.incoming += bytes;
    channel_.written.clear();
    do {
      client_.on_events(EPOLLIN);
    } while (!channel_.incoming.empty());
    client_.on_turn_end();
  }

  Loop loop_;
  FakeChannel& channel_ = *new FakeChannel;
  Http2Client client_{loop_, std::unique_ptr<Channel>(&channel_)};
  Call call_;
};

TEST_F(Http2ClientTest, AsksWhenTheServerHasSentItsSettings) {
  client_.open(call_, "first");
  client_.on_turn_end();
  EXPECT_TRUE(channel_.written.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_EQ(channel_.written.find("/ProxyService/Proxy"), std::string::npos);
  hear(kSettings);
  EXPECT_TRUE(channel_.written.starts_with(frame(4, 1, 0, "")));
  EXPECT_NE(channel_.written.find("/ProxyService/Proxy"), std::string::npos);
  EXPECT_TRUE(channel_.written.ends_with(frame(0, 0, 1, "first")));
}

TEST_F(Http2ClientTest, HandsBytesToTheirCallHoweverTheyAreCut) {
  client_.open(call_, "first");
  hear(kSettings);
  const std::string all = frame(1, 4, 1, "\x88") + frame(0, 0, 1, "hello ") + frame(0, 0, 3, "nobody's") +
                          frame(0, 0, 1, "world") + frame(1, 5, 1, "trailers");
  for (const char byte : all) hear({byte});
  EXPECT_EQ(call_.bytes, "hello world");
  EXPECT_TRUE(call_.ended);
}

TEST_F(Http2ClientTest, AnswersPings) {
  hear(kSettings + frame(6, 0, 0, "12345678"));
  EXPECT_TRUE(channel_.written.ends_with(frame(6, 1, 0, "12345678")));
}

TEST_F(Http2ClientTest, KeepsToTheServersWindows) {
  client_.open(call_, "first");
  hear(kSmallWindow);
  EXPECT_EQ(client_.room(call_), 8192 - 5u);
  const std::string payload(8187, 'p');
  client_.send(call_, "", payload);
  EXPECT_EQ(client_.room(call_), 0u);
  EXPECT_THROW(client_.send(call_, "x"), std::runtime_error);
  client_.keep_writable(call_, true);
  hear("");
  EXPECT_EQ(call_.rooms, 0);
  hear(frame(8, 0, 1, "\0\0\x40\0"s));
  EXPECT_EQ(client_.room(call_), 16384u);
  EXPECT_GT(call_.rooms, 0);
}

TEST_F(Http2ClientTest, ACallMayStopSendingWhileItIsAsked) {
  struct Leaving final : Http2Stream {
    explicit Leaving(Http2Client& of) : client(of) {}
    void on_stream_bytes(std::span<const char>) override {}
    void on_room() override { client.keep_writable(*this, false); }
    void on_stream_end() override {}
    Http2Client& client;
  };
  Leaving one(client_);
  Leaving other(client_);
  client_.open(one, "first");
  client_.open(other, "first");
  client_.keep_writable(one, true);
  client_.keep_writable(other, true);
  hear(kSettings);
  EXPECT_FALSE(channel_.written.empty());
}

TEST_F(Http2ClientTest, CutsMessagesIntoFrames) {
  client_.open(call_, "first");
  hear(kSettings);
  channel_.written.clear();
  const std::string payload(20000, 'p');
  client_.send(call_, "head", payload);
  client_.on_turn_end();
  EXPECT_EQ(channel_.written,
            frame(0, 0, 1, "head" + payload.substr(0, 16380)) + frame(0, 0, 1, payload.substr(16380)));
}

TEST_F(Http2ClientTest, GivesWindowsBackAsBytesCome) {
  client_.open(call_, "first");
  hear(kSettings);
  std::string frames;
  for (int i = 0; i != 33; ++i) frames += frame(0, 0, 1, std::string(16384, 'd'));
  hear(frames);
  EXPECT_EQ(channel_.written, frame(8, 0, 1, "\0\x08\0\0"s));  // half of the window
}

TEST_F(Http2ClientTest, TellsTheServerOfACallThatIsForgotten) {
  client_.open(call_, "first");
  hear(kSettings);
  channel_.written.clear();
  client_.forget(call_);
  client_.on_turn_end();
  EXPECT_EQ(channel_.written, frame(3, 0, 1, "\0\0\0\x08"s));
}

TEST_F(Http2ClientTest, ThrowsWhenTheServerGoesAway) {
  EXPECT_THROW(hear(frame(7, 0, 0,
                          "\0\0\0\0\0\0\0\x0b"
                          "too many"s)),
               std::runtime_error);
}

}  // namespace
}  // namespace konduit::bench
