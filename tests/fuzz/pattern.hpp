#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace konduit::fuzz {

/// The bytes of every tunnel's stream, in either direction, from `offset` on: `count` of them, or as many as there are
/// before they begin anew.
inline std::span<const std::byte> pattern(std::size_t offset, std::size_t count) {
  constexpr std::size_t kPeriod = 256 * 251;
  static const auto kBytes = [] {
    std::array<std::byte, kPeriod> bytes;
    for (std::size_t i = 0; i < kPeriod; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    return bytes;
  }();
  const std::size_t at = offset % kPeriod;
  return std::span(kBytes).subspan(at, std::min(count, kPeriod - at));
}

inline void write_pattern(std::span<std::byte> out, std::size_t offset) {
  while (!out.empty()) {
    const auto piece = pattern(offset, out.size());
    std::memcpy(out.data(), piece.data(), piece.size());
    out = out.subspan(piece.size());
    offset += piece.size();
  }
}

inline bool is_pattern(std::span<const std::byte> bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const auto piece = pattern(offset, bytes.size());
    if (std::memcmp(piece.data(), bytes.data(), piece.size()) != 0) return false;
    bytes = bytes.subspan(piece.size());
    offset += piece.size();
  }
  return true;
}

}  // namespace konduit::fuzz
