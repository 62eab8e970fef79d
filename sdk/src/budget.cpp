#include "konduit/budget.hpp"

#include <algorithm>

#include "konduit/shard.hpp"

namespace konduit {

MemoryBudget::MemoryBudget(std::size_t limit, std::size_t tunnels, std::span<Shard* const> shards) noexcept
    : limit_(limit),
      share_(std::clamp(limit / std::max<std::size_t>(tunnels, 1), kSmallestShare, kLargestShare)),
      shards_(shards) {}

bool MemoryBudget::promise(std::size_t bytes) noexcept {
  std::size_t promised = promised_.load(std::memory_order_relaxed);
  do {
    if (promised >= limit_ || bytes > limit_ - promised) return false;
  } while (!promised_.compare_exchange_weak(promised, promised + bytes, std::memory_order_relaxed));
  return true;
}

std::size_t MemoryBudget::in_use() const noexcept {
  std::size_t bytes = 0;
  for (const Shard* shard : shards_) bytes += shard->buffered();
  return bytes;
}

}  // namespace konduit
