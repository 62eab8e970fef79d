#include <gtest/gtest.h>

#include <array>

#include "konduit/budget.hpp"
#include "konduit/shard.hpp"

namespace konduit {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

TEST(MemoryBudgetTest, AShareIsTheLimitByTunnelsWithinBounds) {
  EXPECT_EQ(MemoryBudget(64 * kMiB, 1024, {}).share(), 64 * 1024u);
  EXPECT_EQ(MemoryBudget(64 * kMiB, 1'000'000, {}).share(), MemoryBudget::kSmallestShare);
  EXPECT_EQ(MemoryBudget(64 * kMiB, 1, {}).share(), MemoryBudget::kLargestShare);
  EXPECT_EQ(MemoryBudget(64 * kMiB, 0, {}).share(), MemoryBudget::kLargestShare);
}

TEST(MemoryBudgetTest, PromisesTogetherStayWithinTheLimit) {
  MemoryBudget budget(kMiB, 16, {});
  EXPECT_TRUE(budget.promise(kMiB - 1));
  EXPECT_FALSE(budget.promise(2));
  EXPECT_TRUE(budget.promise(1));
  EXPECT_FALSE(budget.promise(1));
  budget.take_back(kMiB / 2);
  EXPECT_TRUE(budget.promise(kMiB / 2));
  EXPECT_EQ(budget.promised(), kMiB);
}

TEST(MemoryBudgetTest, AShareIsPromisedWhateverOthersGot) {
  MemoryBudget budget(kMiB, 16, {});
  ASSERT_TRUE(budget.promise(kMiB));
  budget.promise_share();
  EXPECT_EQ(budget.promised(), kMiB + budget.share());
  EXPECT_FALSE(budget.promise(1));
}

TEST(MemoryBudgetTest, KnowsWhatTheBlocksOfAllShardsHold) {
  Shard second(1);
  Shard first;
  const std::array<Shard*, 2> shards{&first, &second};
  MemoryBudget budget(100 * 1024, 4, shards);
  EXPECT_EQ(budget.in_use(), 0u);
  {
    const Buffer held = first.pool().allocate(64 * 1024);
    const Buffer also = second.pool().allocate(64 * 1024);
    first.run_turn(Duration::zero());
    EXPECT_FALSE(budget.exceeded());
    second.run_turn(Duration::zero());
    EXPECT_GE(budget.in_use(), 2 * 64 * 1024u);
    EXPECT_TRUE(budget.exceeded());
  }
  first.run_turn(Duration::zero());
  second.run_turn(Duration::zero());
  EXPECT_EQ(budget.in_use(), 0u);
}

TEST(MemoryBudgetTest, WhatAnotherShardReturnsIsNotInUseAlsoWhileItsOwnerSleeps) {
  Shard second(1);
  Shard first;
  const std::array<Shard*, 2> shards{&first, &second};
  const MemoryBudget budget(100 * 1024, 4, shards);
  Buffer held = first.pool().allocate(64 * 1024);
  const Buffer kept = first.pool().allocate(1000);
  first.run_turn(Duration::zero());
  EXPECT_EQ(budget.in_use(), held.pinned() + kept.pinned());

  second.post([&] { held = {}; });
  second.run_ready();
  EXPECT_EQ(budget.in_use(), kept.pinned());
  first.run_turn(Duration::zero());
  EXPECT_EQ(budget.in_use(), kept.pinned()) << "it was subtracted twice";
}

TEST(MemoryBudgetTest, WhatIsReturnedBeforeItWasCountedTakesNothingFromTheRest) {
  Shard second(1);
  Shard first;
  const std::array<Shard*, 2> shards{&first, &second};
  const MemoryBudget budget(100 * 1024, 4, shards);
  const Buffer kept = second.pool().allocate(1000);
  second.run_turn(Duration::zero());
  Buffer held = first.pool().allocate(64 * 1024);
  second.post([&] { held = {}; });
  second.run_ready();
  EXPECT_EQ(budget.in_use(), kept.pinned());
  first.run_turn(Duration::zero());
  EXPECT_EQ(budget.in_use(), kept.pinned());
}

}  // namespace
}  // namespace konduit
