#include "socket/receive.hpp"

#include <sys/uio.h>

#include <boost/container/static_vector.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace konduit::socket {

namespace {

constexpr std::size_t kVectors = 32;
/// Up to this many bytes a copy is cheaper than the memory that a large block would keep busy.
constexpr std::size_t kCopied = 2048;

using Blocks = boost::container::static_vector<Buffer, kVectors>;

std::size_t lay_out(BlockPool& pool, const ReadShape& shape, std::size_t wanted, Blocks& blocks,
                    std::array<iovec, kVectors>& vectors) {
  const std::size_t payload = std::max<std::size_t>(shape.payload, 1);
  std::size_t room = 0;
  while (room < wanted && blocks.size() < kVectors) {
    const std::size_t size = std::min(payload, wanted - room);
    Buffer& block = blocks.emplace_back(pool.allocate(size, shape.headroom));
    vectors[blocks.size() - 1] = {block.data(), size};
    room += size;
  }
  return room;
}

void hand_over(BlockPool& pool, std::uint32_t headroom, Blocks& blocks, std::size_t bytes, BufferQueue& into) {
  for (Buffer& block : blocks) {
    if (bytes == 0) return;
    const std::size_t filled = std::min(bytes, block.size());
    bytes -= filled;
    if (filled <= kCopied && filled < block.size()) {
      into.push_back(pool.copy(std::span<const std::byte>(block.data(), filled), headroom));
      continue;
    }
    block.truncate(filled);
    into.push_back(std::move(block));
  }
}

}  // namespace

void ReadSize::learn(std::size_t asked, std::size_t got) noexcept {
  if (got == asked && asked == size_) {
    size_ = std::min(size_ * 4, kMost);
  } else if (got < size_ / 4) {
    size_ = std::max(size_ / 2, kLeast);
  }
}

Received receive(int descriptor, BlockPool& pool, BufferQueue& into, const ReadShape& shape, ReadSize& size) {
  Blocks blocks;
  std::array<iovec, kVectors> vectors;
  const std::size_t room = lay_out(pool, shape, std::max<std::size_t>(size.next(shape.limit), 1), blocks, vectors);
  ssize_t got;
  do {
    got = ::readv(descriptor, vectors.data(), static_cast<int>(blocks.size()));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return {.error = errno};
  const auto bytes = static_cast<std::size_t>(got);
  size.learn(room, bytes);
  hand_over(pool, shape.headroom, blocks, bytes, into);
  return {.bytes = bytes, .drained = bytes < room};
}

}  // namespace konduit::socket
