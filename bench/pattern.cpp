#include "pattern.hpp"

#include <algorithm>
#include <random>

namespace konduit::bench {

namespace {

constexpr std::size_t kPeriod = 65521;

}  // namespace

Pattern::Pattern() : bytes_(kPeriod + kPiece) {
  std::minstd_rand random(1);
  for (std::size_t i = 0; i != bytes_.size(); ++i) {
    bytes_[i] = i < kPeriod ? static_cast<char>(random() >> 8) : bytes_[i - kPeriod];
  }
}

std::span<const char> Pattern::at(std::uint64_t offset, std::size_t size) const noexcept {
  return std::span(bytes_).subspan(offset % kPeriod, size);
}

bool Pattern::matches(std::uint64_t offset, std::span<const char> bytes) const noexcept {
  return std::ranges::equal(bytes, at(offset, bytes.size()));
}

}  // namespace konduit::bench
