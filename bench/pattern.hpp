#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace konduit::bench {

/// What the endpoint sends: at each offset of a stream the same byte for everybody, so that a reader finds out whether
/// a byte is missing, doubled or out of place. It repeats after a prime number of bytes, which no piece of a stream has
/// by chance.
class Pattern {
 public:
  Pattern();

  /// `size` bytes of the stream from `offset` on. REQUIRES: size <= kPiece.
  std::span<const char> at(std::uint64_t offset, std::size_t size) const noexcept;
  /// `bytes` are those of the stream from `offset` on. REQUIRES: at most kPiece of them.
  bool matches(std::uint64_t offset, std::span<const char> bytes) const noexcept;

  static constexpr std::size_t kPiece = 256 * 1024;

 private:
  std::vector<char> bytes_;
};

}  // namespace konduit::bench
