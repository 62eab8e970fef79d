#include "konduit/buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

#include "detail/block_depot.hpp"
#include "konduit/shard.hpp"

namespace konduit {
namespace {

// The largest headers that are written in front of a payload: frame, gRPC prefix, protobuf and TLS together stay far
// below.
constexpr std::uint32_t kHeadroom = 256;

struct SizeClass {
  std::uint32_t capacity;
  std::uint32_t kept;  ///< Free blocks of this class at the most.
};

constexpr SizeClass kSizeClasses[] = {
    {BlockPool::kSmallest, 512},
    {2 * 1024, 256},
    {4 * 1024, 256},
    {BlockPool::kRecord + kHeadroom, 512},
    {64 * 1024 + kHeadroom, 64},
    {BlockPool::kLarge + kHeadroom, 32},
};

constexpr std::size_t class_of(std::size_t bytes) noexcept {
  std::size_t index = 0;
  while (index < std::size(kSizeClasses) && kSizeClasses[index].capacity < bytes) ++index;
  return index;
}

Block* new_block(std::size_t capacity) {
  void* memory = std::malloc(sizeof(Block) + capacity);
  if (!memory) throw std::bad_alloc();
  auto* block = new (memory) Block;
  block->capacity = static_cast<std::uint32_t>(capacity);
  return block;
}

}  // namespace

void Buffer::free_block(Block* block) noexcept { block->home->take_back(block); }

std::span<std::byte> Buffer::prepend(std::size_t count) noexcept {
  assert(count <= headroom_);
  begin_ -= count;
  size_ += static_cast<std::uint32_t>(count);
  headroom_ -= static_cast<std::uint32_t>(count);
  return {begin_, count};
}

void Buffer::remove_prefix(std::size_t count) noexcept {
  assert(count <= size_);
  if (count == 0) return;
  begin_ += count;
  size_ -= static_cast<std::uint32_t>(count);
  headroom_ = 0;
}

std::size_t Buffer::append(std::span<const std::byte> bytes) noexcept {
  if (!unique()) return 0;
  std::byte* const end = begin_ + size_;
  const auto room = static_cast<std::size_t>(block_->bytes() + block_->capacity - end);
  const std::size_t copied = std::min(bytes.size(), room);
  if (copied > 0) std::memcpy(end, bytes.data(), copied);
  size_ += static_cast<std::uint32_t>(copied);
  return copied;
}

void Buffer::truncate(std::size_t count) noexcept {
  assert(count <= size_);
  size_ = static_cast<std::uint32_t>(count);
}

Buffer Buffer::split_front(std::size_t count) noexcept {
  assert(count <= size_);
  if (count == size_) return std::move(*this);
  Buffer front(*this);
  front.size_ = static_cast<std::uint32_t>(count);
  front.headroom_ = headroom_;
  headroom_ = 0;
  remove_prefix(count);
  return front;
}

Buffer Buffer::slice(std::size_t offset, std::size_t count) const noexcept {
  assert(offset + count <= size_);
  Buffer part(*this);
  part.begin_ += offset;
  part.size_ = static_cast<std::uint32_t>(count);
  return part;
}

Block* BlockDepot::closed_mark() noexcept {
  static Block mark{};
  return &mark;
}

bool BlockDepot::local() const noexcept {
  if (!pool_.load(std::memory_order_relaxed)) return false;
  return !owner_ || Shard::current() == owner_;
}

void BlockDepot::take_back(Block* block) noexcept {
  if (local()) return pool_.load(std::memory_order_relaxed)->recycle(block);
  returned_bytes_.fetch_add(block->capacity, std::memory_order_relaxed);
  Block* head = returned_.load(std::memory_order_acquire);
  do {
    if (head == closed_mark()) return release_orphan(block);
    block->next = head;
  } while (!returned_.compare_exchange_weak(head, block, std::memory_order_release, std::memory_order_acquire));
}

void BlockDepot::release_orphan(Block* block) noexcept {
  std::free(block);
  if (orphans_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void BlockDepot::close(std::size_t out) noexcept {
  // One more than the blocks, held by this function: the last orphan may come back while it works.
  orphans_.store(out + 1, std::memory_order_relaxed);
  pool_.store(nullptr, std::memory_order_relaxed);
  Block* block = returned_.exchange(closed_mark(), std::memory_order_acq_rel);
  while (block) {
    Block* next = block->next;
    std::free(block);
    orphans_.fetch_sub(1, std::memory_order_relaxed);
    block = next;
  }
  if (orphans_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

BlockPool::BlockPool(Shard* owner) : depot_(new BlockDepot(*this, owner)) {}

BlockPool::~BlockPool() {
  for (Block* head : free_) {
    while (head) {
      Block* next = head->next;
      std::free(head);
      head = next;
    }
  }
  depot_->close(out_);
}

Block* BlockPool::take(std::size_t bytes) {
  const auto index = class_of(bytes);
  if (index == kClasses) {
    ++allocations_;
    return new_block(bytes);
  }
  if (!free_[index]) collect();
  Block* block = free_[index];
  if (!block) {
    ++allocations_;
    return new_block(kSizeClasses[index].capacity);
  }
  free_[index] = block->next;
  --free_count_[index];
  kept_ -= block->capacity;
  return block;
}

Buffer BlockPool::allocate(std::size_t payload, std::size_t headroom) {
  static_assert(std::size(kSizeClasses) == kClasses);
  assert(payload + headroom <= UINT32_MAX);
  Block* block = take(payload + headroom);
  block->home = depot_;
  block->next = nullptr;
  block->references = 1;
  in_use_ += block->capacity;
  ++out_;

  Buffer buffer;
  buffer.block_ = block;
  buffer.begin_ = block->bytes() + headroom;
  buffer.size_ = static_cast<std::uint32_t>(payload);
  buffer.headroom_ = static_cast<std::uint32_t>(headroom);
  return buffer;
}

Buffer BlockPool::copy(std::span<const std::byte> bytes, std::size_t headroom) {
  Buffer buffer = allocate(bytes.size(), headroom);
  if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
  return buffer;
}

Buffer BlockPool::copy(std::string_view text, std::size_t headroom) {
  return copy(std::as_bytes(std::span(text)), headroom);
}

void BlockPool::recycle(Block* block) noexcept {
  in_use_ -= block->capacity;
  --out_;
  const auto index = class_of(block->capacity);
  if (index == kClasses || free_count_[index] >= kSizeClasses[index].kept) return std::free(block);
  block->next = free_[index];
  free_[index] = block;
  ++free_count_[index];
  kept_ += block->capacity;
}

void BlockPool::collect() noexcept {
  for (Block* block = depot_->collect(); block;) {
    Block* next = block->next;
    collected_ += block->capacity;
    recycle(block);
    block = next;
  }
}

}  // namespace konduit
