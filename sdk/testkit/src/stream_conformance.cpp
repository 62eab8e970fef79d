#include "konduit/testkit/stream_conformance.hpp"

#include <algorithm>
#include <ostream>
#include <random>
#include <vector>

#include "conformance_parts.hpp"

namespace konduit::testkit {

void ConnectedStreams::turn(Duration wait) { shard().run_turn(wait); }

std::ostream& operator<<(std::ostream& out, const StreamKind& kind) { return out << kind.name; }

void StreamConformance::SetUp() {
  link_stream_end_tests();
  link_stream_lifetime_tests();
  connected_ = GetParam().make();
  ASSERT_TRUE(connected_ && connected_->first && connected_->second) << "the factory made no pair";
  first_ = std::make_unique<StreamUser>(connected_->shard(), std::move(connected_->first));
  second_ = std::make_unique<StreamUser>(connected_->second_shard(), std::move(connected_->second));
}

void StreamConformance::TearDown() {
  first_.reset();
  second_.reset();
  if (connected_) settle();
}

bool StreamConformance::until(const std::function<bool()>& done) {
  return run_until([this](Duration wait) { connected_->turn(wait); }, done);
}

void StreamConformance::settle() {
  for (int i = 0; i < 20; ++i) connected_->turn(std::chrono::milliseconds(1));
}

std::size_t StreamConformance::fill(StreamUser& user) {
  std::size_t taken = 0;
  BufferQueue bytes;
  while (taken < traits().bound) {
    if (bytes.empty()) bytes.push_back(shard().pool().copy(pattern(BlockPool::kRecord, taken)));
    const auto result = user.try_write(bytes);
    if (result) {
      taken += *result;
      continue;
    }
    EXPECT_TRUE(would_block(result.error())) << result.error().message();
    // The system's buffers may have taken what was queued here; it is full when nothing moves any more.
    const auto before = user.writables();
    settle();
    if (user.writables() == before) break;
  }
  return taken;
}

TEST_P(StreamConformance, BytesArriveInOrderInBothDirections) {
  std::minstd_rand random(7);
  std::string down, up;
  second().receive();
  first().receive();
  for (int i = 0; i < 200; ++i) {
    const auto size = 1 + random() % (traits().transfer / (i % 10 ? 300 : 5));
    auto& sent = i % 3 ? down : up;
    const auto piece = pattern(size, sent.size());
    (i % 3 ? first() : second()).send(piece);
    sent += piece;
    if (i % 7 == 0) connected_->turn(Duration::zero());
  }
  ASSERT_TRUE(
      until([&] { return second().received().size() >= down.size() && first().received().size() >= up.size(); }));
  EXPECT_TRUE(second().received() == down);
  EXPECT_TRUE(first().received() == up);
}

TEST_P(StreamConformance, ReadingNothingArmsOneCallback) {
  BufferQueue bytes;
  for (int i = 0; i < 3; ++i) {
    const auto result = second().try_read(bytes);
    ASSERT_TRUE(result.has_error());
    EXPECT_TRUE(would_block(result.error())) << result.error().message();
  }
  first().send("one");
  ASSERT_TRUE(until([&] { return second().readables() > 0; }));
  first().send("two");
  settle();
  EXPECT_EQ(second().readables(), 1u) << "the callback came again without a try_read() between";
  second().receive();
  ASSERT_TRUE(until([&] { return second().received() == "onetwo"; }));
}

TEST_P(StreamConformance, WithoutATryReadNoCallbackComes) {
  first().send("unasked for");
  settle();
  EXPECT_EQ(second().readables(), 0u);
}

TEST_P(StreamConformance, WritingNothingTakesNothing) {
  BufferQueue nothing;
  const auto result = first().try_write(nothing);
  ASSERT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(*result, 0u);
}

TEST_P(StreamConformance, AWriterWhosePeerDoesNotReadIsStoppedAndToldToGoOn) {
  const auto taken = fill(first());
  ASSERT_LT(taken, traits().bound) << "the writer was never stopped";
  ASSERT_GT(taken, 0u);
  const auto told = first().writables();
  BufferQueue rest;
  rest.push_back(shard().pool().copy(pattern(BlockPool::kRecord, taken)));
  auto left = first().try_write(rest);
  settle();
  EXPECT_EQ(first().writables(), told) << "on_writable came although the peer had not read";

  second().receive();
  ASSERT_TRUE(until([&] { return first().writables() == told + 1; })) << "the writer was not told to go on";
  const auto extra = left ? *left : 0;
  ASSERT_TRUE(until([&] { return second().received().size() == taken + extra; }));
  EXPECT_TRUE(matches_pattern(second().received(), 0));
  EXPECT_EQ(first().writables(), told + 1) << "the callback came twice";
}

TEST_P(StreamConformance, ReadsKeepToTheLimitOfTheShape) {
  const auto sent = pattern(traits().transfer / 2);
  first().send(sent);
  ReadShape shape;
  shape.limit = 10'000;
  shape.payload = 3'000;
  std::string got;
  ASSERT_TRUE(until([&] {
    BufferQueue bytes;
    const auto result = second().try_read(bytes, shape);
    EXPECT_LE(result ? *result : 0, shape.limit);
    while (bytes.count() > 0) got += bytes.pop_front().text();
    return got.size() >= sent.size();
  }));
  EXPECT_TRUE(got == sent);
}

TEST_P(StreamConformance, OneByteLimitsStillMakeProgress) {
  first().send("progress");
  ReadShape shape;
  shape.limit = 1;
  std::string got;
  ASSERT_TRUE(until([&] {
    BufferQueue bytes;
    if (second().try_read(bytes, shape)) got += bytes.pop_front().text();
    return got.size() >= 8;
  }));
  EXPECT_EQ(got, "progress");
}

TEST_P(StreamConformance, SharedSlicesMayBeWritten) {
  const Buffer whole = shard().pool().copy(pattern(20'000));
  BufferQueue slices;
  for (std::size_t offset = 0; offset < whole.size(); offset += 1'000) slices.push_back(whole.slice(offset, 1'000));
  second().receive();
  ASSERT_TRUE(until([&] {
    const auto result = first().try_write(slices);
    EXPECT_TRUE(result || would_block(result.error())) << result.error().message();
    return second().received().size() >= whole.size();
  }));
  EXPECT_TRUE(second().received() == pattern(20'000));
  EXPECT_TRUE(whole.text() == pattern(20'000)) << "the writer's own bytes were changed";
}

TEST_P(StreamConformance, NothingIsQueuedOnceEverythingArrived) {
  first().send("all of it");
  second().receive();
  ASSERT_TRUE(until([&] { return second().received() == "all of it"; }));
  EXPECT_TRUE(until([&] { return first().stream().queued() == 0; }));
}

TEST_P(StreamConformance, ALongTransferArrivesWhole) {
  const auto total = traits().big_transfer;
  std::size_t sent = 0, got = 0;
  bool intact = true;
  BufferQueue out, in;
  ASSERT_TRUE(run_until([&](Duration wait) { connected_->turn(wait); },
                        [&] {
                          while (sent < total || !out.empty()) {
                            while (out.size() < 128 * 1024 && sent < total) {
                              const auto part = std::min(total - sent, BlockPool::kRecord);
                              out.push_back(shard().pool().copy(pattern(part, sent)));
                              sent += part;
                            }
                            if (!first().try_write(out)) break;
                          }
                          while (second().try_read(in)) {
                            while (in.count() > 0) {
                              const Buffer piece = in.pop_front();
                              intact = intact && matches_pattern(piece.text(), got);
                              got += piece.size();
                            }
                          }
                          return got >= total || !intact;
                        },
                        std::chrono::seconds(120)))
      << got << " of " << total << " bytes arrived";
  EXPECT_TRUE(intact) << "wrong bytes before " << got;
  EXPECT_EQ(got, total);
}

}  // namespace konduit::testkit
