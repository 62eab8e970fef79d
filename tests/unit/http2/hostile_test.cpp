#include <string>

#include "connected_pair.hpp"
#include "http2/limits.hpp"

namespace konduit::http2 {
namespace {

using testing::ConnectedPair;
using testkit::MemoryStream;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string frame(unsigned char type, unsigned char flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes;
  for (int shift = 16; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(payload.size() >> shift));
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(stream >> shift));
  return bytes.append(payload);
}

// POST, http, /, without indexing: HPACK's static table.
const std::string kRequestBlock = "\x83\x86\x84";

std::string request(std::uint32_t stream) { return frame(1, 4, stream, kRequestBlock); }
std::string reset(std::uint32_t stream) { return frame(3, 0, stream, std::string("\0\0\0\x08", 4)); }

class HostileTest : public ConnectedPair {
 protected:
  // A server, and bytes where its client should be.
  void serve(const Settings& settings = {}) {
    auto [first, second] = MemoryStream::make_pair(shard_, {.window = 64 * 1024 * 1024}, {.window = 64 * 1024});
    peer_ = std::move(first);
    server_.connect(shard_, std::move(second), Role::server, settings);
    send(kPreface);
    send(frame(4, 0, 0, ""));
    settle();
  }
  void send(std::string_view bytes) {
    BufferQueue queue;
    queue.push_back(shard_.pool().copy(bytes));
    (void)peer_->try_write(queue);
  }
  std::string received() {
    BufferQueue queue;
    while (peer_->try_read(queue, {})) {
    }
    std::string text(queue.size(), '\0');
    queue.peek(std::as_writable_bytes(std::span(text)));
    return text;
  }
  void expect_cut_off(StreamErrc reason) {
    ASSERT_TRUE(run_until([&] {
      answer_ += received();
      return server_.closed.has_value();
    }));
    EXPECT_EQ(*server_.closed, make_error_code(reason)) << server_.closed_text;
  }

  std::unique_ptr<MemoryStream> peer_;
  std::string answer_;
};

TEST_F(HostileTest, SomethingElseThanHttp2IsTurnedAway) {
  auto [first, second] = MemoryStream::make_pair(shard_);
  peer_ = std::move(first);
  server_.connect(shard_, std::move(second), Role::server);
  send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  expect_cut_off(StreamErrc::protocol);
}

TEST_F(HostileTest, TheFirstFrameIsSettings) {
  serve();
  const std::string bytes = received();
  ASSERT_GE(bytes.size(), 9u);
  EXPECT_EQ(bytes[3], 4);
}

TEST_F(HostileTest, ABrokenFrameIsAnsweredWithGoaway) {
  serve();
  send(frame(0, 0, 0, "data on stream 0"));
  expect_cut_off(StreamErrc::protocol);
  EXPECT_NE(answer_.find(std::string("\x07\0\0\0\0\0", 6)), std::string::npos);
}

TEST_F(HostileTest, RapidResetIsCutOffAfterTheLimit) {
  Settings settings;
  settings.limits.reset_burst = 50;
  settings.limits.resets_per_second = 1;
  serve(settings);
  shard_.deadlines().fake_clock();
  std::string flood;
  for (std::uint32_t id = 1; id < 2001; id += 2) flood += request(id) + reset(id);
  send(flood);
  expect_cut_off(StreamErrc::overloaded);
  EXPECT_LE(server_.requests.size(), 60u);
  EXPECT_EQ(server_.connection->streams(), 0u);
}

TEST_F(HostileTest, HonestResetsOfATrustedClientPass) {
  Settings settings;
  settings.limits = Limits::trusted();
  serve(settings);
  std::string burst;
  for (std::uint32_t id = 1; id < 10'001; id += 2) burst += request(id) + reset(id);
  send(burst);
  ASSERT_TRUE(run_until([&] { return server_.requests.size() == 5000; }));
  settle();
  EXPECT_FALSE(server_.closed) << server_.closed_text;
}

TEST_F(HostileTest, ASettingsFloodIsCutOff) {
  Settings settings;
  settings.limits.idle_burst = 100;
  settings.limits.idle_per_second = 1;
  serve(settings);
  shard_.deadlines().fake_clock();
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += frame(4, 0, 0, "");
  send(flood);
  expect_cut_off(StreamErrc::overloaded);
}

TEST_F(HostileTest, EmptyDataIsAFloodToo) {
  Settings settings;
  settings.limits.idle_burst = 100;
  settings.limits.idle_per_second = 1;
  serve(settings);
  shard_.deadlines().fake_clock();
  std::string flood = request(1);
  for (int i = 0; i < 1000; ++i) flood += frame(0, 0, 1, "");
  send(flood);
  expect_cut_off(StreamErrc::overloaded);
}

TEST_F(HostileTest, PingsAreAnsweredHoweverMany) {
  serve();
  std::string pings;
  for (int i = 0; i < 900; ++i) pings += frame(6, 0, 0, "12345678");
  for (int round = 0; round < 5; ++round) {
    send(pings);
    settle();
    answer_ += received();
  }
  ASSERT_TRUE(run_until([&] {
    answer_ += received();
    return answer_.size() >= 5 * 900 * 17;
  }));
  EXPECT_FALSE(server_.closed);
}

TEST_F(HostileTest, PingsWhoseAcksNobodyReadsAreCutOff) {
  Settings settings;
  settings.output = 1000;
  settings.limits.unsent_acks = 200;
  serve(settings);
  std::string pings;
  for (int i = 0; i < 20'000; ++i) pings += frame(6, 0, 0, "12345678");
  send(pings);
  ASSERT_TRUE(run_until([&] { return server_.closed.has_value(); }));
  EXPECT_EQ(*server_.closed, make_error_code(StreamErrc::overloaded));
}

TEST_F(HostileTest, EndlessContinuationIsCutOff) {
  serve();
  send(frame(1, 0, 1, kRequestBlock));
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += frame(9, 0, 1, std::string("\x00\x01\x61\x01\x62", 5));
  send(flood);
  ASSERT_TRUE(run_until([&] { return server_.closed.has_value(); }));
  EXPECT_TRUE(server_.requests.empty());
}

TEST_F(HostileTest, UpperCaseNamesAndTrailersWithoutEndAreMalformed) {
  serve();
  send(frame(1, 4, 1, kRequestBlock + std::string("\x00\x01\x41\x01\x62", 5)));
  send(request(3));
  send(frame(1, 4, 3, std::string("\x00\x01\x61\x01\x62", 5)));
  ASSERT_TRUE(run_until([&] { return server_.users.contains(3) && serving(3).closed; }));
  EXPECT_EQ(server_.ids, std::vector<StreamId>{3});
  EXPECT_EQ(serving(3).closed, ErrorCode::protocol_error);
  EXPECT_FALSE(server_.closed);
}

TEST_F(HostileTest, DataBeyondTheWindowEndsWithGoaway) {
  Settings settings;
  settings.stream_window = 65'535;
  settings.connection_window = 65'535;
  serve(settings);
  server_.prepare = [](testing::StreamUser& user) { user.hold = true; };
  std::string flood = request(1);
  for (int i = 0; i < 6; ++i) flood += frame(0, 0, 1, std::string(16'384, 'x'));
  send(flood);
  ASSERT_TRUE(run_until([&] {
    answer_ += received();
    return serving(1).closed.has_value() || server_.closed.has_value();
  }));
  EXPECT_LE(serving(1).received, 65'535u);
}

TEST(TokenBucketTest, RefillsWithTimeUpToItsBurst) {
  TokenBucket bucket(2, 10);
  TimePoint now = TimePoint{} + std::chrono::hours(1);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  now += std::chrono::milliseconds(100);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  now += std::chrono::hours(1);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
}

}  // namespace
}  // namespace konduit::http2
