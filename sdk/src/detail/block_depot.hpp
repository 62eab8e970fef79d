#pragma once

#include <atomic>
#include <cstddef>

#include "konduit/buffer.hpp"

namespace konduit {

/// Where the blocks of a pool belong. It outlives the pool while blocks are out, and frees itself with the last of
/// them.
class BlockDepot {
 public:
  BlockDepot(BlockPool& pool, Shard* owner) noexcept : pool_(&pool), owner_(owner) {}

  Shard* owner() const noexcept { return owner_; }

  /// A block whose count fell to zero. Any thread.
  void take_back(Block* block) noexcept;

  /// Blocks that other threads have returned, as a list. The owner's thread.
  Block* collect() noexcept {
    return returned_.load(std::memory_order_relaxed) ? returned_.exchange(nullptr, std::memory_order_acquire) : nullptr;
  }

  /// Bytes of all blocks that other threads have ever returned, collected or not. Any thread.
  std::size_t returned_bytes() const noexcept { return returned_bytes_.load(std::memory_order_relaxed); }

  /// The pool ends while `out` blocks (returned ones among them) are not back: from now on they are freed one by one.
  void close(std::size_t out) noexcept;

 private:
  bool local() const noexcept;
  void release_orphan(Block* block) noexcept;
  static Block* closed_mark() noexcept;

  std::atomic<BlockPool*> pool_;
  Shard* const owner_;
  std::atomic<Block*> returned_{nullptr};
  std::atomic<std::size_t> returned_bytes_{0};
  std::atomic<std::size_t> orphans_{0};
};

}  // namespace konduit
