#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "messages.hpp"
#include "proto/packet.hpp"

namespace konduit::proto {
namespace {

using testing::framed;
using testing::with_prefix;

using Event = PacketReader::Event;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

::Packet window_packet(std::int64_t connect_id, std::int64_t bytes) {
  ::Packet packet;
  packet.set_type(::WINDOW);
  packet.mutable_window()->set_connectid(connect_id);
  packet.mutable_window()->set_bytes(bytes);
  return packet;
}

class WindowTest : public ::testing::Test {
 protected:
  Event read(std::string_view bytes) {
    reader_.push(pool_.copy(bytes));
    return reader_.next();
  }

  BlockPool pool_{nullptr};
  PacketReader reader_{pool_};
};

TEST_F(WindowTest, IsWrittenAsProtobufWouldWriteItAndReadBack) {
  for (const std::int64_t id : {std::int64_t{1}, std::int64_t{127}, std::int64_t{128}, kLargest}) {
    for (const std::int64_t bytes : {std::int64_t{1}, std::int64_t{16'384}, std::int64_t{1} << 40, kLargest}) {
      const Buffer packet = encode_window(pool_, id, bytes);
      EXPECT_EQ(packet.text(), framed(window_packet(id, bytes)));
      EXPECT_GE(packet.headroom(), 9u);
      ASSERT_EQ(read(packet.text()), Event::window);
      EXPECT_EQ(reader_.connect_id(), id);
      EXPECT_EQ(reader_.credit(), bytes);
    }
  }
}

TEST_F(WindowTest, OtherFormsAreUnderstoodAsWell) {
  // The fields in another order, one that is unknown, and the type behind the payload.
  ASSERT_EQ(read(with_prefix(std::string("\x08\x64\xa2\x06\x04\x10\x05\x08\x07", 9))), Event::window);
  EXPECT_EQ(reader_.connect_id(), 7);
  EXPECT_EQ(reader_.credit(), 5);
  ASSERT_EQ(read(with_prefix(std::string("\x08\x64\xa2\x06\x06\x08\x07\x10\x05\x18\x01", 11))), Event::window);
  EXPECT_EQ(reader_.credit(), 5);
  ASSERT_EQ(read(with_prefix(std::string("\xa2\x06\x04\x08\x07\x10\x05\x08\x64", 9))), Event::window);
  EXPECT_EQ(reader_.credit(), 5);
}

TEST_F(WindowTest, WhatIsNoCreditIsToldAsItWasWritten) {
  ASSERT_EQ(read(framed(window_packet(7, -1))), Event::window);
  EXPECT_EQ(reader_.credit(), -1);
  ASSERT_EQ(read(framed(window_packet(0, 0))), Event::window);
  EXPECT_EQ(reader_.connect_id(), 0);
  EXPECT_EQ(reader_.credit(), 0);
}

TEST_F(WindowTest, EverySplitOfItGivesTheSame) {
  const Buffer packet = encode_window(pool_, 300, 70'000);
  for (std::size_t split = 1; split < packet.size(); ++split) {
    EXPECT_EQ(read(packet.text().substr(0, split)), Event::none);
    ASSERT_EQ(read(packet.text().substr(split)), Event::window) << split;
    EXPECT_EQ(reader_.credit(), 70'000);
    EXPECT_TRUE(reader_.at_boundary());
  }
}

TEST_F(WindowTest, EveryTruncationOfItsBytesIsNoWindow) {
  const Buffer packet = encode_window(pool_, 300, 70'000);
  const std::string message(packet.text().substr(kMessagePrefix));
  for (std::size_t size = 0; size < message.size(); ++size) {
    PacketReader reader(pool_);
    reader.push(pool_.copy(with_prefix(message.substr(0, size))));
    EXPECT_NE(reader.next(), Event::window) << size;
  }
}

TEST_F(WindowTest, ItsBytesAreOverheadAndNobodysPayload) {
  const Buffer packet = encode_window(pool_, 300, 70'000);
  ASSERT_EQ(read(packet.text()), Event::window);
  EXPECT_EQ(reader_.take_overhead(), packet.size());
}

}  // namespace
}  // namespace konduit::proto
