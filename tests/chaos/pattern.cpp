#include "chaos/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace konduit::chaos {

namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

/// The finalizer of splitmix64.
std::uint64_t word_at(std::uint64_t seed, std::uint64_t index) noexcept {
  std::uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

void fill_pattern(std::span<std::byte> out, std::uint64_t seed, std::uint64_t position) {
  while (!out.empty()) {
    const std::uint64_t word = word_at(seed, position / kWord);
    const std::size_t skipped = position % kWord;
    const std::size_t taken = std::min(kWord - skipped, out.size());
    std::memcpy(out.data(), reinterpret_cast<const std::byte*>(&word) + skipped, taken);
    out = out.subspan(taken);
    position += taken;
  }
}

bool is_pattern(std::span<const std::byte> bytes, std::uint64_t seed, std::uint64_t position) {
  std::array<std::byte, 64 * 1024> expected;
  if (bytes.size() > expected.size()) return false;
  fill_pattern(std::span(expected).first(bytes.size()), seed, position);
  return std::memcmp(bytes.data(), expected.data(), bytes.size()) == 0;
}

void Checksum::add(std::span<const std::byte> bytes) noexcept {
  for (const std::byte byte : bytes) value_ = (value_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
}

}  // namespace konduit::chaos
