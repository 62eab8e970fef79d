#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <new>

#include "konduit/shard.hpp"
#include "konduit/stream_pair.hpp"
#include "support/counted_allocations.hpp"

namespace konduit {
namespace {

using namespace std::chrono_literals;
using test_support::allocations;

/// Allocations per round of `work`, once it has been run in.
template <class Work>
std::size_t steady_allocations(Work work, int rounds = 1000) {
  for (int i = 0; i < 100; ++i) work();
  const auto before = allocations();
  for (int i = 0; i < rounds; ++i) work();
  return allocations() - before;
}

TEST(Allocations, TheCounterCounts) {
  // Called by name: a new expression whose object is not used may be left out by the compiler.
  EXPECT_EQ(steady_allocations([] { ::operator delete(::operator new(1)); }), 1000u);
}

TEST(Allocations, BuffersComeFromThePool) {
  Shard shard;
  EXPECT_EQ(steady_allocations([&] {
              Buffer buffer = shard.pool().allocate(BlockPool::kRecord, 64);
              Buffer slice = buffer.slice(0, 100);
            }),
            0u);
  EXPECT_EQ(shard.pool().allocations(), 1u);
}

TEST(Allocations, AQueueThatHasGrownDoesNotAllocate) {
  Shard shard;
  BufferQueue queue, other;
  EXPECT_EQ(steady_allocations([&] {
              for (int i = 0; i < 20; ++i) queue.push_back(shard.pool().allocate(100));
              queue.move_to(other, 1050);
              other.consume(1050);
              queue.clear();
            }),
            0u);
}

TEST(Allocations, ArmingAndFiringDeadlinesDoesNotAllocate) {
  struct Silent final : Deadline::Owner {
    void on_deadline(Deadline&) override {}
  } owner;
  Shard shard;
  Deadline idle(shard.deadlines(), owner);
  Deadline short_one(shard.deadlines(), owner);
  EXPECT_EQ(steady_allocations([&] {
              idle.arm(1h);
              short_one.arm(-1s);
              shard.run_ready();
              ASSERT_FALSE(short_one.armed());
            }),
            0u);
}

TEST(Allocations, AMessageCostsItselfAndItsWakeUpNothing) {
  struct Silent final : Shard::Message {
    void run() noexcept override {}
  };
  Shard shard;
  EXPECT_EQ(steady_allocations([&] {
              shard.post_message(std::make_unique<Silent>());
              shard.run_ready();
            }),
            1000u);
}

TEST(Allocations, AStreamPairCarriesDataWithoutAny) {
  Shard first;
  Shard second;
  StreamPair pair = make_stream_pair(first, second);
  BufferQueue out, in;
  EXPECT_EQ(steady_allocations([&] {
              for (int i = 0; i < 4; ++i) out.push_back(first.pool().allocate(BlockPool::kRecord));
              ASSERT_TRUE(pair.first->try_write(out));
              first.run_ready();
              second.run_ready();
              ASSERT_TRUE(pair.second->try_read(in, {}));
              in.clear();
            }),
            0u);
}

}  // namespace
}  // namespace konduit
