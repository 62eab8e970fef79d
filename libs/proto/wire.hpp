#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

/// Protobuf's wire format as far as DATA packets need it (protobuf.dev/programming-guides/encoding).
namespace konduit::proto::wire {

inline constexpr std::uint8_t kPacketType = 0x08;     // Packet.type, varint
inline constexpr std::uint8_t kPacketData = 0x22;     // Packet.data, message
inline constexpr std::uint8_t kDataConnectId = 0x08;  // Data.connectID, varint
inline constexpr std::uint8_t kDataBytes = 0x1a;      // Data.data, bytes
inline constexpr std::uint8_t kTypeData = 4;          // PacketType::DATA

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

/// The gRPC message prefix for an uncompressed message of `length` bytes.
inline std::byte* put_prefix(std::byte* out, std::size_t length) noexcept {
  *out++ = std::byte{0};
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::byte>(length >> shift);
  return out;
}

}  // namespace konduit::proto::wire
