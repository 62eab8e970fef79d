#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "konduit/api.hpp"

namespace konduit {

class BlockDepot;
class BlockPool;
class Shard;

/// A piece of memory from a shard's pool. Users hold it through Buffer.
///
/// The count is touched only on the thread of the shard that holds the block at the time, so it is not atomic.
struct Block {
  BlockDepot* home;
  Block* next;
  std::uint32_t references;
  std::uint32_t capacity;

  std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
};

/// A slice of a ref-counted block: a pointer, a length and the room in front that belongs to this slice alone, where
/// headers are written in place.
///
/// Thread: only that of the shard that holds it. Copying shares the bytes; the copy has no headroom.
class KONDUIT_API Buffer {
 public:
  /// Where many slices may wait, those of up to so many bytes are better copied together than kept.
  static constexpr std::size_t kSmall = 1024;

  Buffer() noexcept = default;
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        begin_(std::exchange(other.begin_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        headroom_(std::exchange(other.headroom_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer moved(std::move(other));
    swap(moved);
    return *this;
  }
  Buffer(const Buffer& other) noexcept : block_(other.block_), begin_(other.begin_), size_(other.size_) {
    if (block_) ++block_->references;
  }
  Buffer& operator=(const Buffer& other) noexcept {
    Buffer copied(other);
    swap(copied);
    return *this;
  }
  ~Buffer() { release(); }

  std::byte* data() noexcept { return begin_; }
  const std::byte* data() const noexcept { return begin_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<std::byte> bytes() noexcept { return {begin_, size_}; }
  std::span<const std::byte> bytes() const noexcept { return {begin_, size_}; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(begin_), size_}; }

  /// Bytes in front of data() that only this slice may write.
  std::size_t headroom() const noexcept { return headroom_; }

  /// Bytes that the slice keeps in memory: its whole block. Budgets charge this.
  std::size_t pinned() const noexcept { return block_ ? block_->capacity : 0; }

  /// True if no other slice shares the block.
  bool unique() const noexcept { return block_ && block_->references == 1; }

  /// Extends the slice to the front by `count` bytes and returns them for writing. REQUIRES: count <= headroom().
  std::span<std::byte> prepend(std::size_t count) noexcept;

  /// Drops `count` bytes at the front; they do not become headroom. REQUIRES: count <= size().
  void remove_prefix(std::size_t count) noexcept;

  /// Copies as many of `bytes` behind the slice as its block has room for, and returns how many: none where another
  /// slice shares the block.
  std::size_t append(std::span<const std::byte> bytes) noexcept;

  /// Shortens the slice to its first `count` bytes. REQUIRES: count <= size().
  void truncate(std::size_t count) noexcept;

  /// Splits off the first `count` bytes; they share the block and keep the headroom. REQUIRES: count <= size().
  Buffer split_front(std::size_t count) noexcept;

  /// A shared slice of `count` bytes from `offset`. REQUIRES: offset + count <= size().
  Buffer slice(std::size_t offset, std::size_t count) const noexcept;

 private:
  friend class BlockPool;
  void release() noexcept {
    if (block_ && --block_->references == 0) free_block(block_);
  }
  static void free_block(Block* block) noexcept;
  void swap(Buffer& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(begin_, other.begin_);
    std::swap(size_, other.size_);
    std::swap(headroom_, other.headroom_);
  }

  Block* block_ = nullptr;
  std::byte* begin_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t headroom_ = 0;
};

/// The blocks of one shard, kept in free lists by size class. Larger requests go to the allocator.
///
/// Thread: allocate() on the owning shard's thread. A block released on another thread goes home through a lock-free
/// list, which costs no wake-up: the pool empties it when it allocates and when the shard's turn ends. Slices may
/// outlive the pool. Without an owner (null) the pool and its slices belong to one thread.
class KONDUIT_API BlockPool {
 public:
  /// The smallest block.
  static constexpr std::size_t kSmallest = 512;
  /// Payload of the common class: a full TLS record with room for headers in front of it.
  static constexpr std::size_t kRecord = 16 * 1024;
  /// What one read from a socket asks for at the most.
  static constexpr std::size_t kLarge = 128 * 1024;

  explicit BlockPool(Shard* owner);
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// A slice of `payload` bytes (uninitialised) with `headroom` bytes in front. Never fails but for memory exhaustion.
  Buffer allocate(std::size_t payload, std::size_t headroom = 0);

  /// A slice that holds a copy of `bytes`.
  Buffer copy(std::span<const std::byte> bytes, std::size_t headroom = 0);
  Buffer copy(std::string_view text, std::size_t headroom = 0);

  /// Bytes of blocks that are referenced now (free ones are not counted). For budgets and gauges.
  std::size_t in_use() const noexcept { return in_use_; }
  /// Bytes of blocks kept for reuse.
  std::size_t kept() const noexcept { return kept_; }
  /// Blocks taken from the allocator so far. In steady state this stands still.
  std::uint64_t allocations() const noexcept { return allocations_; }

 private:
  friend class BlockDepot;
  friend class Shard;
  static constexpr std::size_t kClasses = 6;
  Block* take(std::size_t bytes);
  void recycle(Block* block) noexcept;
  void collect() noexcept;

  BlockDepot* depot_;  // outlives the pool until the last block is back
  std::array<Block*, kClasses> free_{};
  std::array<std::uint32_t, kClasses> free_count_{};
  std::size_t in_use_ = 0;
  std::size_t collected_ = 0;  // bytes of all blocks that other threads have returned and collect() has found
  std::size_t out_ = 0;
  std::size_t kept_ = 0;
  std::uint64_t allocations_ = 0;
};

/// Slices in order: what waits to be read or written. Once its ring has grown, pushing and popping do not allocate.
/// Owner-thread only. Moves, does not copy.
class KONDUIT_API BufferQueue {
 public:
  BufferQueue() noexcept = default;
  BufferQueue(BufferQueue&& other) noexcept;
  BufferQueue& operator=(BufferQueue&& other) noexcept;
  ~BufferQueue();

  /// Bytes in all slices.
  std::size_t size() const noexcept { return bytes_; }
  bool empty() const noexcept { return bytes_ == 0; }
  /// Number of slices.
  std::size_t count() const noexcept { return count_; }
  /// What they keep in memory, a block that several of them share counted for each.
  std::size_t pinned() const noexcept;

  void push_back(Buffer buffer);
  void push_front(Buffer buffer);
  /// Copies `bytes` to the end, first into what room the last slice's block has, so that many small pieces hold little
  /// more memory than their bytes.
  void push_back_copy(std::span<const std::byte> bytes, BlockPool& pool);
  /// REQUIRES: count() > 0.
  Buffer pop_front() noexcept;
  Buffer& front() noexcept { return ring_[head_]; }
  Buffer& at(std::size_t index) noexcept { return ring_[(head_ + index) & (capacity_ - 1)]; }

  /// Drops `count` bytes at the front. REQUIRES: count <= size().
  void consume(std::size_t count) noexcept;

  /// Moves the first `count` bytes to the end of `other`. REQUIRES: count <= size().
  void move_to(BufferQueue& other, std::size_t count);
  void move_to(BufferQueue& other) { move_to(other, bytes_); }

  /// Describes the first slices for a gathered write; returns how many entries were filled.
  std::size_t gather(std::span<iovec> vectors) const noexcept;

  /// Copies up to out.size() bytes from the front without consuming them; returns how many.
  std::size_t peek(std::span<std::byte> out) const noexcept;

  void clear() noexcept;
  /// Gives the ring's memory back. For queues that fall idle. Does nothing unless empty.
  void shrink() noexcept;

 private:
  void grow();

  std::unique_ptr<Buffer[]> ring_;
  std::uint32_t capacity_ = 0;
  std::uint32_t head_ = 0;
  std::uint32_t count_ = 0;
  std::size_t bytes_ = 0;
};

/// True if the bytes of a Buffer or of a BufferQueue keep several times their size in memory, unless that is the
/// smallest block there is.
bool wastes_memory(const auto& bytes) noexcept {
  constexpr std::size_t kSeveral = 4;
  return bytes.pinned() > kSeveral * bytes.size() && bytes.pinned() > BlockPool::kSmallest;
}

}  // namespace konduit
