#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace konduit::chaos {

/// Bytes that each end makes for itself, a function of seed and position: what is missing, doubled or moved on the way
/// differs at its first byte.
void fill_pattern(std::span<std::byte> out, std::uint64_t seed, std::uint64_t position);

/// What fill_pattern would have made. At most 64 KiB at a time.
bool is_pattern(std::span<const std::byte> bytes, std::uint64_t seed, std::uint64_t position);

/// FNV-1a (64 bits) over all bytes in their order.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes) noexcept;
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace konduit::chaos
