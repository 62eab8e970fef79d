#include "http2/frame_walk.hpp"

#include <algorithm>
#include <cstring>

namespace konduit::http2 {

std::optional<FrameHeader> FrameWalk::next(std::span<const std::byte> bytes, std::size_t& at) noexcept {
  const std::size_t skipped = std::min(skip_, bytes.size() - at);
  skip_ -= skipped;
  at += skipped;
  if (skip_ > 0) return std::nullopt;
  const std::size_t count = std::min(header_.size() - filled_, bytes.size() - at);
  std::memcpy(header_.data() + filled_, bytes.data() + at, count);
  filled_ += count;
  at += count;
  if (filled_ < header_.size()) return std::nullopt;
  filled_ = 0;
  skip_ = static_cast<std::size_t>(header_[0]) << 16 | static_cast<std::size_t>(header_[1]) << 8 | header_[2];
  return FrameHeader{static_cast<std::uint32_t>(skip_), static_cast<FrameType>(header_[3]), header_[4]};
}

}  // namespace konduit::http2
