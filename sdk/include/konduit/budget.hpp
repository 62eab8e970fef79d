#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "konduit/api.hpp"

namespace konduit {

class Shard;

/// How much memory the process gives to bytes that are under way, so that many slow peers cannot fill it.
///
/// Two accounts. *Promises*: what peers have been told that they may send before anybody reads it. They are made before
/// a byte comes, so they must fit together. *In use*: what the blocks of all shards really hold. Where more is in use
/// than the limit, whoever holds more than its share() lets go of it.
///
/// Thread: any.
class KONDUIT_API MemoryBudget {
 public:
  static constexpr std::size_t kSmallestShare = 16 * 1024;
  static constexpr std::size_t kLargestShare = 256 * 1024;
  /// How long a tunnel may hold what others need (memory beyond its share, a window that they have in common) and get
  /// rid of nothing.
  static constexpr std::chrono::seconds kStallLimit{8};
  /// What the log says of a tunnel that was ended because the budget is used up.
  static constexpr std::string_view kTunnelEnded =
      "a tunnel was ended: runtime.memory_budget is used up, and it holds more than its share";

  /// `limit` in bytes for at most `tunnels` at once. `shards` outlive the budget.
  MemoryBudget(std::size_t limit, std::size_t tunnels, std::span<Shard* const> shards) noexcept;
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  std::size_t limit() const noexcept { return limit_; }
  /// What each tunnel may be promised where all that may exist do, between the smallest and the largest share.
  std::size_t share() const noexcept { return share_; }

  /// Promises `bytes` more if they fit. To be taken back.
  bool promise(std::size_t bytes) noexcept;
  /// Promises a share, which every tunnel gets whatever others were promised.
  void promise_share() noexcept { promised_.fetch_add(share_, std::memory_order_relaxed); }
  void take_back(std::size_t bytes) noexcept { promised_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t promised() const noexcept { return promised_.load(std::memory_order_relaxed); }

  /// Bytes of blocks that are referenced, as of each shard's last turn and of what others have returned to it since.
  std::size_t in_use() const noexcept;
  bool exceeded() const noexcept { return in_use() > limit_; }

 private:
  const std::size_t limit_;
  const std::size_t share_;
  const std::span<Shard* const> shards_;
  std::atomic<std::size_t> promised_{0};
};

}  // namespace konduit
