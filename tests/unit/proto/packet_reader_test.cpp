#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "messages.hpp"
#include "proto/packet.hpp"

namespace konduit::proto {
namespace {

using testing::data_packet;
using testing::framed;
using testing::pattern;
using testing::text_of;
using testing::with_prefix;

using Event = PacketReader::Event;

std::string field(char tag, std::string_view bytes) {
  EXPECT_LT(bytes.size(), 128u);
  return std::string{tag, static_cast<char>(bytes.size())}.append(bytes);
}

class PacketReaderTest : public ::testing::Test {
 protected:
  void push(std::string_view bytes, std::size_t piece = 1 << 20) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      reader_.push(pool_.copy(bytes.substr(0, piece)));
    }
  }

  // Reads what is there; DATA of a packet is joined, other packets are kept. False on an error.
  bool drain() {
    while (true) {
      switch (reader_.next()) {
        case Event::none: return true;
        case Event::error: return false;
        case Event::data:
          if (reader_.starts()) data_.emplace_back(reader_.connect_id(), "");
          EXPECT_EQ(data_.back().first, reader_.connect_id());
          EXPECT_LE(reader_.charge(), reader_.payload().size());
          charged_ += reader_.charge();
          data_.back().second += text_of(reader_.payload());
          break;
        case Event::window: windows_.emplace_back(reader_.connect_id(), reader_.credit()); break;
        case Event::packet: packets_.push_back(reader_.packet()); break;
      }
    }
  }

  BlockPool pool_{nullptr};
  PacketReader reader_{pool_};
  std::vector<std::pair<std::int64_t, std::string>> data_;
  std::vector<std::pair<std::int64_t, std::int64_t>> windows_;
  std::vector<::Packet> packets_;
  std::size_t charged_ = 0;
};

TEST_F(PacketReaderTest, DataComesOutAsSlicesOfTheReceivedBlock) {
  const std::string bytes = framed(data_packet(5, pattern(8000)));
  Buffer block = pool_.copy(bytes);
  const std::byte* begin = block.data();
  reader_.push(std::move(block));
  ASSERT_EQ(reader_.next(), Event::data);
  ASSERT_EQ(reader_.payload().count(), 1u);
  EXPECT_EQ(reader_.payload().front().data(), begin + (bytes.size() - 8000));
  EXPECT_EQ(reader_.connect_id(), 5);
  EXPECT_EQ(text_of(reader_.payload()), pattern(8000));
  EXPECT_EQ(reader_.charge(), 8000u);
  EXPECT_EQ(reader_.take_overhead(), bytes.size() - 8000);
  EXPECT_EQ(reader_.next(), Event::none);
  EXPECT_TRUE(reader_.at_boundary());
}

TEST_F(PacketReaderTest, ATinySliceOfALargeBlockIsCopied) {
  Buffer block = pool_.allocate(BlockPool::kLarge);
  const std::string bytes = framed(data_packet(5, "x"));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(block.data()));
  block.truncate(bytes.size());
  reader_.push(std::move(block));
  ASSERT_EQ(reader_.next(), Event::data);
  EXPECT_LT(reader_.payload().front().pinned(), 4096u);
}

TEST_F(PacketReaderTest, AHeadOfDataThatIsNotCompleteKeepsNoLargeBlock) {
  const std::string bytes = framed(data_packet(1'000'000, pattern(100)));
  for (std::size_t at = 0; at < bytes.size() - 100; ++at) {
    Buffer block = pool_.allocate(BlockPool::kLarge);
    block.truncate(1);
    *block.data() = static_cast<std::byte>(bytes[at]);
    reader_.push(std::move(block));
    ASSERT_EQ(reader_.next(), Event::none);
    ASSERT_LT(pool_.in_use(), 4096u) << at;
  }
  push(bytes.substr(bytes.size() - 100));
  ASSERT_TRUE(drain());
  EXPECT_EQ(data_.back(), std::pair(std::int64_t{1'000'000}, pattern(100)));
}

TEST_F(PacketReaderTest, AnyCutOfTheStreamGivesTheSamePackets) {
  ::Packet close;
  close.set_type(::CLOSE_REQ);
  close.mutable_closerequest()->set_connectid(12);
  const std::string stream = framed(data_packet(1, pattern(700, 1))) + framed(close) + framed(data_packet(0, "")) +
                             framed(data_packet(-3, pattern(300, 2)));
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{64}, std::size_t{2000}}) {
    data_.clear();
    packets_.clear();
    charged_ = 0;
    std::size_t overhead = 0;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      push(stream.substr(at, piece));
      ASSERT_TRUE(drain());
      overhead += reader_.take_overhead();
    }
    ASSERT_EQ(data_.size(), 3u) << piece;
    EXPECT_EQ(data_[0], std::pair(std::int64_t{1}, pattern(700, 1)));
    EXPECT_EQ(data_[1], std::pair(std::int64_t{0}, std::string()));
    EXPECT_EQ(data_[2], std::pair(std::int64_t{-3}, pattern(300, 2)));
    ASSERT_EQ(packets_.size(), 1u);
    EXPECT_EQ(packets_[0].closerequest().connectid(), 12);
    EXPECT_EQ(charged_ + overhead, stream.size());
    EXPECT_TRUE(reader_.at_boundary());
  }
}

TEST_F(PacketReaderTest, PiecesOfALongPacketComeAsTheyArrive) {
  const std::string bytes = framed(data_packet(8, pattern(100'000)));
  push(bytes.substr(0, 40'000));
  ASSERT_EQ(reader_.next(), Event::data);
  EXPECT_TRUE(reader_.starts());
  EXPECT_GT(reader_.payload().size(), 39'900u);
  EXPECT_EQ(reader_.next(), Event::none);
  push(bytes.substr(40'000));
  ASSERT_EQ(reader_.next(), Event::data);
  EXPECT_FALSE(reader_.starts());
  EXPECT_EQ(reader_.next(), Event::none);
  EXPECT_TRUE(reader_.at_boundary());
}

TEST_F(PacketReaderTest, AnyOrderOfFieldsIsUnderstood) {
  const std::string id{'\x08', '\x2a'};
  const std::string payload = field('\x1a', "payload");
  const std::string error = field('\x12', "note");
  const std::string type{'\x08', '\x04'};
  const std::vector<std::string> bodies = {id + payload,         payload + id,         error + id + payload,
                                           id + error + payload, payload + error + id, id + payload + error};
  for (const std::string& body : bodies) {
    for (const std::string& message : {type + field('\x22', body), field('\x22', body) + type}) {
      data_.clear();
      push(with_prefix(message), 3);
      ASSERT_TRUE(drain());
      ASSERT_EQ(data_.size(), 1u);
      EXPECT_EQ(data_[0], std::pair(std::int64_t{42}, std::string("payload")));
    }
  }
  EXPECT_TRUE(packets_.empty());
}

TEST_F(PacketReaderTest, ThePayloadOfUnusualDataHoldsTheWindowAsThatOfUsualDataDoes) {
  const std::string message = with_prefix(field('\x22', field('\x1a', "abcdef")) + std::string{'\x08', '\x04'});
  push(message.substr(0, 12));
  ASSERT_EQ(reader_.next(), Event::none);
  EXPECT_EQ(reader_.take_overhead(), kMessagePrefix);
  push(message.substr(12));
  ASSERT_EQ(reader_.next(), Event::data);
  EXPECT_EQ(reader_.charge(), 6u);
  EXPECT_EQ(reader_.take_overhead(), message.size() - kMessagePrefix - 6);
}

TEST_F(PacketReaderTest, WhatMustBeWholeBeforeItIsReadIsLimited) {
  ::Packet refusal;
  refusal.set_type(::DIAL_RSP);
  refusal.mutable_dialresponse()->set_error(std::string(kMaxWhole - 100, 'x'));
  push(framed(refusal));
  ASSERT_TRUE(drain());
  EXPECT_EQ(packets_.size(), 1u);

  ::Packet unusual = data_packet(1, pattern(kMaxWhole));
  unusual.mutable_data()->set_error("x");
  push(framed(unusual).substr(0, 100));
  EXPECT_FALSE(drain());
  EXPECT_EQ(reader_.error(), PacketReader::Error::too_large);
  EXPECT_EQ(reader_.queued(), 0u);
}

TEST_F(PacketReaderTest, WhatWaitsForMoreKeepsNoneOfTheBlocksThatItCameIn) {
  ::Packet refusal;
  refusal.set_type(::DIAL_RSP);
  refusal.mutable_dialresponse()->set_error(std::string(4000, 'x'));
  const std::string message = framed(refusal);
  const auto push_in_a_large_block = [&](char byte) {
    Buffer block = pool_.allocate(BlockPool::kLarge);
    block.truncate(1);
    *block.data() = static_cast<std::byte>(byte);
    reader_.push(std::move(block));
  };
  for (std::size_t at = 0; at < 4000; ++at) {
    push_in_a_large_block(message[at]);
    ASSERT_EQ(reader_.next(), Event::none);
    ASSERT_LE(pool_.in_use(), 512 + 10 * at) << "after so many bytes: " << at;
    ASSERT_EQ(reader_.take_overhead(), at + 1 == kMessagePrefix ? kMessagePrefix : 0u);
    ASSERT_EQ(reader_.queued(), at < kMessagePrefix - 1 ? at + 1 : at + 1 - kMessagePrefix);
  }
  push(message.substr(4000));
  ASSERT_TRUE(drain());
  ASSERT_EQ(packets_.size(), 1u);
  EXPECT_EQ(packets_[0].dialresponse().error(), std::string(4000, 'x'));
  EXPECT_EQ(pool_.in_use(), 0u);
}

TEST_F(PacketReaderTest, AVeryLongVarintIsNoReasonToWaitForEver) {
  // connectID 1 in ten bytes, and lengths with needless continuation bytes.
  const std::string id = std::string{'\x08', '\x81'} + std::string(8, '\x80') + std::string(1, '\0');
  const std::string body = id + std::string{'\x1a', '\x83', '\x80', '\x00'} + "abc";
  const std::string type = std::string{'\x08', '\x84'} + std::string(8, '\x80') + std::string(1, '\0');
  const std::string length{static_cast<char>(0x80 | body.size()), '\x80', '\x00'};
  push(with_prefix(type + "\x22" + length + body), 1);
  ASSERT_TRUE(drain());
  ASSERT_EQ(data_.size(), 1u);
  EXPECT_EQ(data_[0], std::pair(std::int64_t{1}, std::string("abc")));
}

TEST_F(PacketReaderTest, UnknownTypesAndFieldsAreNoErrors) {
  push(with_prefix(std::string{'\x08', '\x63'}));
  push(with_prefix(std::string{'\x08', '\x06', '\x42', '\x00'} + field('\x7a', "later")));
  ASSERT_TRUE(drain());
  ASSERT_EQ(packets_.size(), 2u);
  EXPECT_EQ(packets_[0].type(), 0x63);
  EXPECT_TRUE(packets_[1].has_drain());
}

TEST_F(PacketReaderTest, AnEmptyMessageIsADialRequestWithoutPayload) {
  push(with_prefix(""));
  ASSERT_TRUE(drain());
  ASSERT_EQ(packets_.size(), 1u);
  EXPECT_EQ(packets_[0].payload_case(), ::Packet::PAYLOAD_NOT_SET);
}

TEST_F(PacketReaderTest, ACompressedMessageIsAnError) {
  push(with_prefix("x", 1));
  EXPECT_FALSE(drain());
  EXPECT_EQ(reader_.error(), PacketReader::Error::compressed);
  EXPECT_EQ(reader_.next(), Event::error);
}

TEST_F(PacketReaderTest, TheLimitIsExact) {
  const std::size_t head = data_packet(1, pattern(kMaxMessage - 100)).SerializeAsString().size() - (kMaxMessage - 100);
  push(framed(data_packet(1, pattern(kMaxMessage - head))));
  ASSERT_TRUE(drain());
  EXPECT_EQ(data_[0].second.size(), kMaxMessage - head);
  push(framed(data_packet(1, pattern(kMaxMessage - head + 1))).substr(0, 5));
  EXPECT_FALSE(drain());
  EXPECT_EQ(reader_.error(), PacketReader::Error::too_large);
}

TEST_F(PacketReaderTest, GarbageIsMalformed) {
  const std::array<std::string, 6> messages = {
      std::string{'\x08'},                                                  // a tag without its value
      std::string{'\x22', '\x05', 'a'},                                     // shorter than it says
      std::string{'\x08', '\x04', '\x22', '\x7f', '\x08'},                  // the same in Data
      std::string(12, '\xff'),                                              // no end of a varint
      std::string{'\x07', '\x00'},                                          // no such wire type
      std::string{'\x08', '\x01', '\x1a', '\x03', '\x0a', '\x01', '\xff'},  // a string that is no UTF-8
  };
  for (const std::string& message : messages) {
    PacketReader reader(pool_);
    reader.push(pool_.copy(with_prefix(message)));
    EXPECT_EQ(reader.next(), Event::error);
    EXPECT_EQ(reader.error(), PacketReader::Error::malformed);
    EXPECT_EQ(reader.take_overhead(), message.size() + kMessagePrefix);
    reader.push(pool_.copy(std::string_view("more")));
    EXPECT_EQ(reader.next(), Event::error);
    EXPECT_EQ(reader.take_overhead(), 4u);
    EXPECT_EQ(reader.queued(), 0u);
  }
}

TEST_F(PacketReaderTest, ATruncatedStreamWaits) {
  const std::string whole = framed(data_packet(6, "0123456789"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    PacketReader reader(pool_);
    reader.push(pool_.copy(std::string_view(whole).substr(0, size)));
    while (reader.next() == Event::data) {
    }
    EXPECT_EQ(reader.error(), PacketReader::Error::none);
    EXPECT_EQ(reader.at_boundary(), size == 0);
  }
}

TEST_F(PacketReaderTest, NothingIsAllocatedWhileDataPasses) {
  const Buffer block = pool_.copy(framed(data_packet(77, pattern(16'000))));
  const auto pass = [&] {
    reader_.push(block.slice(0, 5000));
    reader_.push(block.slice(5000, block.size() - 5000));
    while (reader_.next() == Event::data) reader_.payload().clear();
  };
  for (int i = 0; i < 8; ++i) pass();
  const auto before = pool_.allocations();
  for (int i = 0; i < 1000; ++i) pass();
  EXPECT_EQ(pool_.allocations(), before);
}

}  // namespace
}  // namespace konduit::proto
