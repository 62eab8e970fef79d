#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

/// Protobuf's wire format as far as DATA and WINDOW packets need it (protobuf.dev/programming-guides/encoding).
namespace konduit::proto::wire {

inline constexpr std::uint8_t kPacketType = 0x08;     // Packet.type, varint
inline constexpr std::uint8_t kPacketData = 0x22;     // Packet.data, message
inline constexpr std::uint8_t kDataConnectId = 0x08;  // Data.connectID, varint
inline constexpr std::uint8_t kDataBytes = 0x1a;      // Data.data, bytes
inline constexpr std::uint8_t kTypeData = 4;          // PacketType::DATA
inline constexpr std::uint8_t kTypeWindow = 100;      // PacketType::WINDOW
// Packet.window, message: field 100 takes two bytes.
inline constexpr std::uint8_t kPacketWindow[] = {0xa2, 0x06};
inline constexpr std::uint8_t kWindowConnectId = 0x08;  // Window.connectID, varint
inline constexpr std::uint8_t kWindowBytes = 0x10;      // Window.bytes, varint

constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

inline std::byte* put_varint(std::byte* out, std::uint64_t value) noexcept {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<std::byte>(value | 0x80);
  *out++ = static_cast<std::byte>(value);
  return out;
}

inline std::byte* put_tag(std::byte* out, std::uint8_t tag) noexcept {
  *out = static_cast<std::byte>(tag);
  return out + 1;
}

/// Reads a varint at `at` and moves behind it. False where it does not end before `end` or is longer than 64 bits.
inline bool get_varint(const std::byte*& at, const std::byte* end, std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64 && at != end; shift += 7) {
    const std::byte byte = *at++;
    value |= static_cast<std::uint64_t>(byte & std::byte{0x7f}) << shift;
    if ((byte & std::byte{0x80}) == std::byte{0}) return true;
  }
  return false;
}

/// The gRPC message prefix for an uncompressed message of `length` bytes.
inline std::byte* put_prefix(std::byte* out, std::size_t length) noexcept {
  *out++ = std::byte{0};
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::byte>(length >> shift);
  return out;
}

}  // namespace konduit::proto::wire
