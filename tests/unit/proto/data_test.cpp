#include <gtest/gtest.h>

#include <limits>

#include "messages.hpp"
#include "proto/packet.hpp"

namespace konduit::proto {
namespace {

using testing::data_packet;
using testing::framed;
using testing::pattern;
using testing::text_of;

constexpr std::int64_t kIds[] = {0, 1, 127, 128, 300'000, std::numeric_limits<std::int64_t>::max(), -1};

class DataTest : public ::testing::Test {
 protected:
  BlockPool pool_{nullptr};
  BufferQueue out_;
};

TEST_F(DataTest, HeaderAndPayloadAreWhatProtobufWouldWrite) {
  for (const std::int64_t id : kIds) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{127}, std::size_t{128},
                                   std::size_t{16'349}, std::size_t{100'000}}) {
      const std::string bytes = pattern(size);
      Buffer payload = pool_.copy(bytes, kDataHeadroom);
      ASSERT_TRUE(prepend_data_header(payload, id)) << id << " " << size;
      ::Packet expected = data_packet(id, bytes);
      EXPECT_EQ(payload.text(), framed(expected)) << id << " " << size;
      EXPECT_EQ(payload.size(), data_header_size(id, size) + size);
    }
  }
}

TEST_F(DataTest, HeadroomIsEnoughForTheFrameHeaderToo) {
  for (const std::int64_t id : kIds) {
    Buffer payload = pool_.copy(pattern(kDataPayload), kDataHeadroom);
    ASSERT_TRUE(prepend_data_header(payload, id));
    EXPECT_GE(payload.headroom(), 9u);
    EXPECT_LE(payload.size() + 9, 16'384u);
  }
}

TEST_F(DataTest, AMessageFillsItsFrames) {
  for (const std::int64_t id : kIds) {
    for (const std::size_t frames : {1, 2, 128}) {
      const std::size_t payload = data_payload(id, frames);
      EXPECT_EQ(payload + data_header_size(id, payload), frames * (16 * 1024 - kFrameHeader)) << id;
      EXPECT_GE(payload, frames * kDataPayload);
    }
  }
}

TEST_F(DataTest, TwoSlicesMakeAMessageWhoseFramesEndWhereTheyEnd) {
  for (const std::int64_t id : kIds) {
    const std::size_t slice = data_slice(id);
    EXPECT_EQ(kFrameHeader + data_header_size(id, 2 * slice) + slice, 16'384u) << id;
    EXPECT_LE(kFrameHeader + data_header_size(id, slice) + slice, 16'384u) << id;
  }
}

TEST_F(DataTest, ShortHeadroomIsRefusedAndNothingChanges) {
  Buffer payload = pool_.copy(std::string_view("hello"), data_header_size(7, 5) - 1);
  EXPECT_FALSE(prepend_data_header(payload, 7));
  EXPECT_EQ(payload.text(), "hello");
}

TEST_F(DataTest, PayloadWithHeadroomStaysWhereItIs) {
  Buffer payload = pool_.copy(pattern(5000), kDataHeadroom);
  const std::byte* where = payload.data();
  encode_data(pool_, out_, 42, std::move(payload));
  ASSERT_EQ(out_.count(), 1u);
  EXPECT_EQ(out_.front().data() + data_header_size(42, 5000), where);
}

TEST_F(DataTest, LargePayloadWithoutHeadroomFollowsASmallHeader) {
  Buffer payload = pool_.copy(pattern(5000));
  const std::byte* where = payload.data();
  encode_data(pool_, out_, 42, std::move(payload));
  ASSERT_EQ(out_.count(), 2u);
  EXPECT_GE(out_.front().headroom(), 9u);
  EXPECT_EQ(out_.at(1).data(), where);
  EXPECT_EQ(text_of(out_), framed(data_packet(42, pattern(5000))));
}

TEST_F(DataTest, TinyPayloadWithoutHeadroomBecomesOneSlice) {
  encode_data(pool_, out_, 42, pool_.copy(std::string_view("tiny")));
  ASSERT_EQ(out_.count(), 1u);
  EXPECT_GE(out_.front().headroom(), 9u);
  EXPECT_EQ(text_of(out_), framed(data_packet(42, "tiny")));
}

TEST_F(DataTest, EmptyPayloadIsAPacketWithItsSubmessage) {
  encode_data(pool_, out_, 3, Buffer());
  EXPECT_EQ(text_of(out_), framed(data_packet(3, "")));
}

TEST_F(DataTest, SeveralSlicesBecomeOneMessage) {
  const std::string bytes = pattern(9000);
  BufferQueue payload;
  for (std::size_t at = 0; at < bytes.size(); at += 1500) payload.push_back(pool_.copy(bytes.substr(at, 1500)));
  encode_data(pool_, out_, 9, payload, 7000);
  EXPECT_EQ(text_of(out_), framed(data_packet(9, bytes.substr(0, 7000))));
  EXPECT_EQ(payload.size(), 2000u);
  BufferQueue rest;
  encode_data(pool_, rest, 9, payload, 2000);
  EXPECT_EQ(text_of(rest), framed(data_packet(9, bytes.substr(7000))));
}

TEST_F(DataTest, TheHeaderOfSeveralSlicesTakesTheRoomInFrontOfTheFirst) {
  const std::string bytes = pattern(9000);
  BufferQueue payload;
  payload.push_back(pool_.copy(bytes.substr(0, 5000), kDataHeadroom));
  payload.push_back(pool_.copy(bytes.substr(5000), kDataHeadroom));
  encode_data(pool_, out_, 9, payload, 8000);
  EXPECT_EQ(out_.count(), 2u);
  EXPECT_EQ(text_of(out_), framed(data_packet(9, bytes.substr(0, 8000))));
  EXPECT_EQ(text_of(payload), bytes.substr(8000));
}

TEST_F(DataTest, TheHeaderOfSeveralSlicesGoesInFrontWhereTheFirstHasTooLittleRoom) {
  const std::string bytes = pattern(9000);
  BufferQueue payload;
  payload.push_back(pool_.copy(bytes.substr(0, 5000), data_header_size(9, 8000) - 1));
  payload.push_back(pool_.copy(bytes.substr(5000)));
  encode_data(pool_, out_, 9, payload, 8000);
  ASSERT_EQ(out_.count(), 3u);
  EXPECT_GE(out_.front().headroom(), kFrameHeader);
  EXPECT_EQ(text_of(out_), framed(data_packet(9, bytes.substr(0, 8000))));
  EXPECT_EQ(text_of(payload), bytes.substr(8000));
}

TEST_F(DataTest, PartOfALargeSliceKeepsTheQueueConsistent) {
  const std::string bytes = pattern(9000);
  BufferQueue payload;
  payload.push_back(pool_.copy(bytes, kDataHeadroom));
  encode_data(pool_, out_, 9, payload, 4000);
  EXPECT_EQ(text_of(out_), framed(data_packet(9, bytes.substr(0, 4000))));
  EXPECT_EQ(out_.count(), 1u);
  EXPECT_EQ(payload.size(), 5000u);
  EXPECT_EQ(text_of(payload), bytes.substr(4000));
}

TEST_F(DataTest, NothingIsAllocatedInSteadyState) {
  for (int i = 0; i < 8; ++i) {
    encode_data(pool_, out_, 42, pool_.allocate(kDataPayload, kDataHeadroom));
    encode_data(pool_, out_, 42, pool_.allocate(kDataPayload));
    out_.clear();
  }
  const auto before = pool_.allocations();
  for (int i = 0; i < 1000; ++i) {
    encode_data(pool_, out_, 42, pool_.allocate(kDataPayload, kDataHeadroom));
    encode_data(pool_, out_, 42, pool_.allocate(kDataPayload));
    out_.clear();
  }
  EXPECT_EQ(pool_.allocations(), before);
}

}  // namespace
}  // namespace konduit::proto
