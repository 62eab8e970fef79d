#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace konduit::auth {

/// What stands for a token where the token itself should not be kept: its SHA-256.
struct TokenDigest {
  std::array<std::uint8_t, 32> bytes{};

  static TokenDigest of(std::string_view token);

  /// In the same time wherever two digests differ.
  bool same_as(const TokenDigest& other) const noexcept;
  friend bool operator==(const TokenDigest&, const TokenDigest&) = default;
};

struct TokenDigestHash {
  std::size_t operator()(const TokenDigest& digest) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.bytes.data(), sizeof hash);
    return hash;
  }
};

}  // namespace konduit::auth
