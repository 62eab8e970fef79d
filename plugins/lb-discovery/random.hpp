#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace konduit::lb {

/// 64 bits that nobody knows beforehand.
inline std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

/// A small generator (SplitMix64, Steele et al. 2014), for spreading load and not for secrets. One thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15ULL);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
  }

  /// In 0..count-1. REQUIRES: 0 < count < 2^32.
  std::size_t below(std::size_t count) noexcept { return static_cast<std::size_t>(((next() >> 32) * count) >> 32); }

 private:
  std::uint64_t state_;
};

}  // namespace konduit::lb
