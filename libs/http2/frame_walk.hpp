#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace konduit::http2 {

/// RFC 9113 6.
enum class FrameType : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
};

struct FrameHeader {
  static constexpr std::size_t kSize = 9;
  static constexpr std::uint8_t kAck = 1;
  static constexpr std::uint8_t kEndStream = 1;
  static constexpr std::uint8_t kEndHeaders = 4;

  std::uint32_t length;
  FrameType type;  // any value: there are frames that nobody knows
  std::uint8_t flags;
};

/// Finds the frame headers in a stream of bytes that comes in pieces. nghttp2 does not tell of every frame (not of
/// unknown ones, not of DATA for streams that are gone), and a policy must see them all.
class FrameWalk {
 public:
  /// `preface`: bytes in front of the first frame.
  explicit FrameWalk(std::size_t preface) noexcept : skip_(preface) {}

  /// The next header that is complete in `bytes` from `at`, which moves behind it; nullopt, with `at` at the end, when
  /// the piece holds no more.
  std::optional<FrameHeader> next(std::span<const std::byte> bytes, std::size_t& at) noexcept;

 private:
  std::size_t skip_;  // of a payload, or of the preface
  std::array<std::uint8_t, FrameHeader::kSize> header_{};
  std::size_t filled_ = 0;
};

}  // namespace konduit::http2
