#include "hostile_peer.hpp"

namespace konduit::http2 {
namespace {

using namespace testing;

// What can be done to a receiver by header blocks.
class HostileHeadersTest : public HostilePeer {
 protected:
  static std::string continuation(std::string_view part, bool last = false) { return frame(9, last ? 4 : 0, 1, part); }

  // A request with a block of `parts` CONTINUATION frames.
  static std::string request_in_parts(std::uint32_t parts) {
    std::string bytes = frame(1, 0, 1, kRequestBlock);
    for (std::uint32_t part = 1; part <= parts; ++part) bytes += continuation(field("name", "value"), part == parts);
    return bytes;
  }
};

TEST_F(HostileHeadersTest, AContinuationFloodEndsTheConnection) {
  Settings configuration;
  configuration.limits.continuations = 10;
  serve(configuration);
  send(frame(1, 0, 1, kRequestBlock));
  EXPECT_EQ(frames_until_closed(continuation(""), 1000), 11u);
  expect_cut_off("too many CONTINUATION frames in a header block");
  EXPECT_TRUE(victim_.requests.empty());
}

TEST_F(HostileHeadersTest, AContinuationFloodForAStreamThatIsGoneEndsTheConnection) {
  Settings configuration;
  configuration.limits.continuations = 10;
  serve(configuration);
  send(request(1) + reset(1) + frame(1, 0, 1, kRequestBlock));
  EXPECT_EQ(frames_until_closed(continuation(""), 1000), 11u);
  expect_cut_off("too many CONTINUATION frames in a header block");
}

TEST_F(HostileHeadersTest, AsManyContinuationsAsAllowedPassAlsoByteByByte) {
  Settings configuration;
  configuration.limits.continuations = 10;
  serve(configuration);
  for (const char c : request_in_parts(10)) {
    send({&c, 1});
    settle();
  }
  ASSERT_EQ(victim_.requests.size(), 1u);
  EXPECT_EQ(victim_.requests[0].count("name"), 10u);
  expect_open();
}

TEST_F(HostileHeadersTest, EachBlockIsCountedAnew) {
  Settings configuration;
  configuration.limits.continuations = 10;
  configuration.limits.header_block = 200;
  serve(configuration);
  for (std::uint32_t id = 1; id < 100; id += 2) {
    send(frame(1, 0, id, kRequestBlock) + frame(9, 0, id, field("a", "b")) + frame(9, 4, id, std::string(100, '\x82')));
  }
  send(request(101));
  settle();
  EXPECT_EQ(victim_.requests.size(), 1u);
  expect_open();
}

TEST_F(HostileHeadersTest, AnEndlessBlockEndsTheConnectionAndHoldsNoMemoryUntilThen) {
  serve();
  const std::size_t before = shard_.pool().in_use();
  send(frame(1, 0, 1, kRequestBlock));
  std::string part;
  while (part.size() < 16'000) part += field("name", std::string(100, 'x'));
  EXPECT_EQ(frames_until_closed(continuation(part), 1000), 128 * 1024 / part.size() + 1);
  EXPECT_LE(shard_.pool().in_use(), before + 64 * 1024);
  expect_cut_off("a header block is too large");
  EXPECT_TRUE(victim_.requests.empty());
}

TEST_F(HostileHeadersTest, AnUnfinishedStringIsPartOfItsBlock) {
  serve();
  // A literal whose name would have 2 MiB.
  send(frame(1, 0, 1, std::string("\x00\x7f\x81\xff\x7f", 5) + std::string(1000, 'a')));
  ASSERT_TRUE(run_until([&] { return read(), victim_.closed.has_value(); }));
  EXPECT_EQ(*victim_.closed, make_error_code(StreamErrc::protocol));
}

TEST_F(HostileHeadersTest, ManyFieldsOfOneByteResetTheStreamAlone) {
  serve();
  send(frame(1, 4, 1, kRequestBlock + std::string(16'000, '\x82')));
  send(request(3));
  ASSERT_TRUE(run_until([&] { return victim_.ids == std::vector<StreamId>{3}; }));
  settle();
  const auto frames = frames_of(read());
  const auto reset = std::find_if(frames.begin(), frames.end(), [](const Frame& frame) { return frame.type == 3; });
  ASSERT_NE(reset, frames.end());
  EXPECT_EQ(reset->stream, 1u);
  EXPECT_EQ(reset->payload, number(11));
  expect_open();
}

TEST_F(HostileHeadersTest, AsManyFieldsAsAllowedPass) {
  Settings configuration;
  configuration.limits.header_fields = 20;
  serve(configuration);
  std::string block = kRequestBlock;
  for (int i = 0; i < 17; ++i) block += field("a", "b");
  send(frame(1, 4, 1, block) + frame(1, 4, 3, block + field("a", "b")));
  settle();
  EXPECT_EQ(victim_.ids, std::vector<StreamId>{1});
  expect_open();
}

// One entry of the table, as large as it may be, named by one byte again and again: 4 KiB each.
TEST_F(HostileHeadersTest, ALargeFieldThatIsRepeatedByOneByteResetsTheStreamAlone) {
  serve();
  std::string entry("\x40\x01\x61\x7f\xe0\x1e", 6);  // with indexing: "a" and 4063 bytes
  entry += std::string(127 + 0x60 + (0x1e << 7), 'x');
  send(frame(1, 0, 1, kRequestBlock + entry) + continuation(std::string(10'000, '\xbe'), true));
  send(request(3));
  ASSERT_TRUE(run_until([&] { return victim_.ids == std::vector<StreamId>{3}; }));
  expect_open();
}

TEST_F(HostileHeadersTest, UpperCaseNamesAndTrailersWithoutEndAreMalformed) {
  serve();
  send(frame(1, 4, 1, kRequestBlock + field("A", "b")));
  send(request(3));
  send(frame(1, 4, 3, field("a", "b")));
  ASSERT_TRUE(run_until([&] { return victim_.users.contains(3) && victim_.users.at(3)->closed; }));
  EXPECT_EQ(victim_.ids, std::vector<StreamId>{3});
  EXPECT_EQ(victim_.users.at(3)->closed, ErrorCode::protocol_error);
  expect_open();
}

}  // namespace
}  // namespace konduit::http2
