#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <memory>
#include <utility>

#include "konduit/buffer.hpp"

namespace konduit {
namespace {

constexpr std::uint32_t kFirstCapacity = 2;
/// What a block for copies has room for at the most. Beside the copy itself it has no more than the slice before it, so
/// that large and small pieces in turn do not take much more than their bytes either.
constexpr std::size_t kCopies = 4 * 1024;

/// Small rings that queues of this thread have given back: one that is emptied and filled again with every turn of the
/// loop does not allocate.
class SpareRings {
 public:
  using Ring = std::unique_ptr<Buffer[]>;

  Ring take(std::uint32_t capacity) {
    Shelf* shelf = shelf_for(capacity);
    if (shelf == nullptr || shelf->count == 0) return std::make_unique<Buffer[]>(capacity);
    return std::move(shelf->rings[--shelf->count]);
  }

  /// REQUIRES: nothing is in it.
  void keep(Ring ring, std::uint32_t capacity) noexcept {
    Shelf* shelf = shelf_for(capacity);
    if (shelf != nullptr && shelf->count != kKept) shelf->rings[shelf->count++] = std::move(ring);
  }

 private:
  static constexpr std::size_t kKept = 16;
  static constexpr std::size_t kShelves = 6;  // for kFirstCapacity and its doubles

  struct Shelf {
    std::array<Ring, kKept> rings;
    std::size_t count = 0;
  };

  Shelf* shelf_for(std::uint32_t capacity) noexcept {
    const auto place = static_cast<std::size_t>(std::countr_zero(capacity / kFirstCapacity));
    return place < kShelves ? &shelves_[place] : nullptr;
  }

  std::array<Shelf, kShelves> shelves_;
};

thread_local SpareRings spare_rings;

}  // namespace

BufferQueue::BufferQueue(BufferQueue&& other) noexcept
    : ring_(std::move(other.ring_)),
      capacity_(std::exchange(other.capacity_, 0)),
      head_(std::exchange(other.head_, 0)),
      count_(std::exchange(other.count_, 0)),
      bytes_(std::exchange(other.bytes_, 0)) {}

BufferQueue& BufferQueue::operator=(BufferQueue&& other) noexcept {
  BufferQueue moved(std::move(other));
  std::swap(ring_, moved.ring_);
  std::swap(capacity_, moved.capacity_);
  std::swap(head_, moved.head_);
  std::swap(count_, moved.count_);
  std::swap(bytes_, moved.bytes_);
  return *this;
}

BufferQueue::~BufferQueue() = default;

std::size_t BufferQueue::pinned() const noexcept {
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < count_; ++i) bytes += ring_[(head_ + i) & (capacity_ - 1)].pinned();
  return bytes;
}

// An empty slice would pin its block for nothing, and every reader would have to step over it.
void BufferQueue::push_back(Buffer buffer) {
  if (buffer.empty()) return;
  if (count_ == capacity_) grow();
  bytes_ += buffer.size();
  ring_[(head_ + count_) & (capacity_ - 1)] = std::move(buffer);
  ++count_;
}

void BufferQueue::push_back_copy(std::span<const std::byte> bytes, BlockPool& pool) {
  std::size_t wanted = 0;
  if (count_ > 0) {
    Buffer& last = at(count_ - 1);
    const std::size_t copied = last.append(bytes);
    bytes_ += copied;
    bytes = bytes.subspan(copied);
    wanted = std::min(last.size() + bytes.size(), kCopies);
  }
  if (bytes.empty()) return;
  Buffer copy = pool.allocate(std::max(wanted, bytes.size()));
  copy.truncate(0);
  copy.append(bytes);
  push_back(std::move(copy));
}

void BufferQueue::push_front(Buffer buffer) {
  if (buffer.empty()) return;
  if (count_ == capacity_) grow();
  bytes_ += buffer.size();
  head_ = (head_ - 1) & (capacity_ - 1);
  ring_[head_] = std::move(buffer);
  ++count_;
}

Buffer BufferQueue::pop_front() noexcept {
  assert(count_ > 0);
  Buffer buffer = std::move(ring_[head_]);
  head_ = (head_ + 1) & (capacity_ - 1);
  --count_;
  bytes_ -= buffer.size();
  return buffer;
}

void BufferQueue::consume(std::size_t count) noexcept {
  assert(count <= bytes_);
  while (count > 0) {
    Buffer& first = front();
    if (count < first.size()) {
      first.remove_prefix(count);
      bytes_ -= count;
      return;
    }
    count -= first.size();
    pop_front();
  }
}

void BufferQueue::move_to(BufferQueue& other, std::size_t count) {
  assert(&other != this && count <= bytes_);
  if (count == bytes_ && other.capacity_ == 0) {
    other = std::move(*this);
    return;
  }
  while (count > 0) {
    const auto size = front().size();
    if (count < size) {
      other.push_back(front().split_front(count));
      bytes_ -= count;
      return;
    }
    count -= size;
    other.push_back(pop_front());
  }
}

std::size_t BufferQueue::gather(std::span<iovec> vectors) const noexcept {
  const auto filled = std::min<std::size_t>(vectors.size(), count_);
  for (std::size_t i = 0; i < filled; ++i) {
    Buffer& slice = ring_[(head_ + i) & (capacity_ - 1)];
    vectors[i] = {slice.data(), slice.size()};
  }
  return filled;
}

std::size_t BufferQueue::peek(std::span<std::byte> out) const noexcept {
  std::size_t copied = 0;
  for (std::uint32_t i = 0; i < count_ && copied < out.size(); ++i) {
    const Buffer& slice = ring_[(head_ + i) & (capacity_ - 1)];
    const auto part = std::min(slice.size(), out.size() - copied);
    std::memcpy(out.data() + copied, slice.data(), part);
    copied += part;
  }
  return copied;
}

void BufferQueue::clear() noexcept {
  while (count_ > 0) pop_front();
}

void BufferQueue::shrink() noexcept {
  if (count_ > 0 || capacity_ == 0) return;
  spare_rings.keep(std::move(ring_), capacity_);
  capacity_ = 0;
  head_ = 0;
}

void BufferQueue::grow() {
  const auto capacity = capacity_ ? capacity_ * 2 : kFirstCapacity;
  auto ring = spare_rings.take(capacity);
  for (std::uint32_t i = 0; i < count_; ++i) ring[i] = std::move(ring_[(head_ + i) & (capacity_ - 1)]);
  if (ring_) spare_rings.keep(std::move(ring_), capacity_);
  ring_ = std::move(ring);
  capacity_ = capacity;
  head_ = 0;
}

}  // namespace konduit
