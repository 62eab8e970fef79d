#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "konduit/buffer.hpp"

namespace konduit {
namespace {

constexpr std::uint32_t kFirstCapacity = 8;

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

// An empty slice would pin its block for nothing, and every reader would have to step over it.
void BufferQueue::push_back(Buffer buffer) {
  if (buffer.empty()) return;
  if (count_ == capacity_) grow();
  bytes_ += buffer.size();
  ring_[(head_ + count_) & (capacity_ - 1)] = std::move(buffer);
  ++count_;
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
  if (count_ > 0) return;
  ring_.reset();
  capacity_ = 0;
  head_ = 0;
}

void BufferQueue::grow() {
  const auto capacity = capacity_ ? capacity_ * 2 : kFirstCapacity;
  auto ring = std::make_unique<Buffer[]>(capacity);
  for (std::uint32_t i = 0; i < count_; ++i) ring[i] = std::move(ring_[(head_ + i) & (capacity_ - 1)]);
  ring_ = std::move(ring);
  capacity_ = capacity;
  head_ = 0;
}

}  // namespace konduit
