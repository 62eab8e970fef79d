#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "http2/headers.hpp"
#include "konduit/fingerprint.hpp"

namespace konduit::http2 {

/// What connections of one shard keep for each other, so that one that is silent holds little.
///
/// Of what nghttp2 allocates, a piece for every frame it sends and a few dozen for a connection: small pieces are kept
/// for the next one that asks for their size, up to a bound; larger ones are malloc's.
///
/// Thread: that of its connections. They hold it.
class SessionMemory {
 public:
  SessionMemory() = default;
  ~SessionMemory();
  SessionMemory(const SessionMemory&) = delete;
  SessionMemory& operator=(const SessionMemory&) = delete;

  /// malloc(3) and its companions, for nghttp2.
  nghttp2_mem functions() noexcept;

  /// Room for a head that is being received; without fields.
  Headers take_head() noexcept { return std::exchange(head_, {}); }
  /// It has been read.
  void keep_head(Headers head) noexcept {
    head_ = std::move(head);
    head_.clear();
  }

  /// Pieces that were asked of malloc so far.
  std::uint64_t fetched() const noexcept { return fetched_; }
  /// Bytes that wait to be used again.
  std::size_t kept() const noexcept { return kept_; }

  static constexpr std::size_t kMostKept = 64 * 1024;
  /// False in a build with the address sanitizer, which is to see every piece end where nghttp2 ends it.
  static constexpr bool kKeeps = std::string_view(KONDUIT_FP_SANITIZER) != "address";

 private:
  struct Piece;
  static constexpr std::size_t kSizes = 64;  ///< Those that are kept, in steps of 16 bytes.

  void* allocate(std::size_t size) noexcept;
  void* allocate_zeroed(std::size_t count, std::size_t size) noexcept;
  void* reallocate(void* memory, std::size_t size) noexcept;
  void release(void* memory) noexcept;

  std::array<Piece*, kSizes + 1> free_{};  // by size in steps
  std::size_t kept_ = 0;
  std::uint64_t fetched_ = 0;
  Headers head_;
};

}  // namespace konduit::http2
