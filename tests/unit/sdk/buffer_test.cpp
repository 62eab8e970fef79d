#include "konduit/buffer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "konduit/shard.hpp"

namespace konduit {
namespace {

TEST(Buffer, HasTheSizeAndHeadroomThatWereAskedFor) {
  BlockPool pool(nullptr);
  Buffer buffer = pool.allocate(1000, 24);
  EXPECT_EQ(buffer.size(), 1000u);
  EXPECT_EQ(buffer.headroom(), 24u);
  EXPECT_GE(buffer.pinned(), 1024u);
  EXPECT_TRUE(buffer.unique());
}

TEST(Buffer, HeadersAreWrittenInPlaceInFrontOfThePayload) {
  BlockPool pool(nullptr);
  Buffer buffer = pool.copy("payload", 8);
  const auto header = buffer.prepend(3);
  std::memcpy(header.data(), "hd:", 3);
  EXPECT_EQ(buffer.text(), "hd:payload");
  EXPECT_EQ(buffer.headroom(), 5u);
}

TEST(Buffer, ACopySharesTheBytesButNotTheHeadroom) {
  BlockPool pool(nullptr);
  Buffer buffer = pool.copy("shared", 8);
  const Buffer copy = buffer;
  EXPECT_EQ(copy.data(), buffer.data());
  EXPECT_EQ(copy.headroom(), 0u);
  EXPECT_FALSE(buffer.unique());
}

TEST(Buffer, SplittingKeepsOrderAndGivesTheHeadroomToTheFront) {
  BlockPool pool(nullptr);
  Buffer rest = pool.copy("headtail", 8);
  const Buffer front = rest.split_front(4);
  EXPECT_EQ(front.text(), "head");
  EXPECT_EQ(front.headroom(), 8u);
  EXPECT_EQ(rest.text(), "tail");
  EXPECT_EQ(rest.headroom(), 0u);
}

TEST(Buffer, SplittingEverythingOffLeavesTheBlockUnshared) {
  BlockPool pool(nullptr);
  Buffer rest = pool.copy("all");
  const Buffer front = rest.split_front(3);
  EXPECT_TRUE(front.unique());
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(rest.pinned(), 0u);
}

TEST(Buffer, DroppedBytesDoNotBecomeHeadroom) {
  BlockPool pool(nullptr);
  Buffer buffer = pool.copy("dropped kept", 8);
  buffer.remove_prefix(8);
  EXPECT_EQ(buffer.text(), "kept");
  EXPECT_EQ(buffer.headroom(), 0u);
}

TEST(Buffer, AssignmentToItselfKeepsTheBytes) {
  BlockPool pool(nullptr);
  Buffer buffer = pool.copy("same");
  Buffer& alias = buffer;
  buffer = alias;
  EXPECT_EQ(buffer.text(), "same");
  EXPECT_TRUE(buffer.unique());
}

TEST(Buffer, WastesMemoryWhereItKeepsSeveralTimesWhatACopyWould) {
  BlockPool pool(nullptr);
  Buffer buffer = pool.allocate(16'000);
  EXPECT_FALSE(wastes_memory(buffer));
  buffer.truncate(5'000);
  EXPECT_FALSE(wastes_memory(buffer));
  buffer.truncate(4'000);
  EXPECT_TRUE(wastes_memory(buffer));
  EXPECT_FALSE(wastes_memory(pool.copy("a"))) << "no copy holds less";
  EXPECT_FALSE(wastes_memory(Buffer()));
}

TEST(BlockPool, ARecordWithHeadroomFitsInOneClass) {
  BlockPool pool(nullptr);
  const Buffer plain = pool.allocate(BlockPool::kRecord);
  const Buffer with_headroom = pool.allocate(BlockPool::kRecord, 256);
  EXPECT_EQ(plain.pinned(), with_headroom.pinned());
}

TEST(BlockPool, ReusesReleasedBlocks) {
  BlockPool pool(nullptr);
  for (int i = 0; i < 100; ++i) pool.allocate(BlockPool::kRecord, 64);
  EXPECT_EQ(pool.allocations(), 1u);
  EXPECT_EQ(pool.in_use(), 0u);
  EXPECT_GT(pool.kept(), BlockPool::kRecord);
}

TEST(BlockPool, AccountsForWholeBlocksUntilTheLastSliceIsGone) {
  BlockPool pool(nullptr);
  Buffer buffer = pool.allocate(3000);
  Buffer slice = buffer.slice(10, 10);
  const auto pinned = buffer.pinned();
  EXPECT_EQ(pool.in_use(), pinned);
  buffer = {};
  EXPECT_EQ(pool.in_use(), pinned);
  slice = {};
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(BlockPool, RequestsBeyondTheLargestClassAreServedAndNotKept) {
  BlockPool pool(nullptr);
  Buffer huge = pool.allocate(1024 * 1024, 16);
  EXPECT_EQ(huge.size(), 1024u * 1024u);
  huge = {};
  EXPECT_EQ(pool.kept(), 0u);
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(BlockPool, KeepsABoundedNumberOfFreeBlocks) {
  BlockPool pool(nullptr);
  std::vector<Buffer> all;
  for (int i = 0; i < 200; ++i) all.push_back(pool.allocate(BlockPool::kLarge));
  all.clear();
  EXPECT_LE(pool.kept(), 8u * 1024 * 1024);
}

TEST(BlockPool, SlicesMayOutliveThePool) {
  Buffer survivor, other;
  {
    BlockPool pool(nullptr);
    survivor = pool.copy("still here");
    other = survivor;
  }
  EXPECT_EQ(survivor.text(), "still here");
  survivor = {};
  EXPECT_EQ(other.text(), "still here");
}

TEST(BlockPool, ABlockReleasedOnAnotherThreadGoesHome) {
  Shard shard;
  for (int i = 0; i < 50; ++i) {
    auto buffer = std::make_unique<Buffer>(shard.pool().allocate(BlockPool::kRecord));
    std::thread([moved = std::move(buffer)]() mutable { moved.reset(); }).join();
  }
  EXPECT_LE(shard.pool().allocations(), 2u);
  shard.run_ready();
  EXPECT_EQ(shard.pool().in_use(), 0u);
}

TEST(BlockPool, BlocksMayComeHomeWhileTheShardEnds) {
  for (int i = 0; i < 200; ++i) {
    auto shard = std::make_unique<Shard>();
    std::vector<Buffer> buffers;
    for (int n = 0; n < 8; ++n) buffers.push_back(shard->pool().allocate(100));
    std::thread other([moved = std::move(buffers)]() mutable { moved.clear(); });
    shard.reset();
    other.join();
  }
}

}  // namespace
}  // namespace konduit
