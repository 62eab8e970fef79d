#pragma once

#include <cstddef>
#include <cstdint>

#include "konduit/buffer.hpp"
#include "konduit/stream.hpp"

namespace konduit::socket {

/// How much the next read of a socket asks for. It grows while reads fill what they were given and falls back when they
/// do not, so a bulk transfer reads in large pieces and a quiet connection touches one record's worth.
class ReadSize {
 public:
  /// Where every socket begins, and the least that a read asks for.
  static constexpr std::uint32_t kLeast = BlockPool::kRecord;
  static constexpr std::uint32_t kMost = 1024 * 1024;

  std::size_t next(std::uint32_t limit) const noexcept { return limit < size_ ? limit : size_; }
  /// Learns from a read that asked for `asked` bytes and got `got`.
  void learn(std::size_t asked, std::size_t got) noexcept;

 private:
  std::uint32_t size_ = kLeast;
};

struct Received {
  std::size_t bytes = 0;  ///< 0 with no error: end of stream.
  int error = 0;          ///< errno; nothing was read.
  bool drained = false;   ///< There was room left: the socket had no more at that moment.
};

/// Reads once from `descriptor`, straight into blocks of the given shape, and appends them to `into`. Blocks that stay
/// empty go back to the pool; a small rest is copied into a block of its size, so that few bytes never pin a large
/// block.
Received receive(int descriptor, BlockPool& pool, BufferQueue& into, const ReadShape& shape, ReadSize& size);

}  // namespace konduit::socket
