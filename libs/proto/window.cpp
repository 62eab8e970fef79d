#include "proto/window.hpp"

#include <cstring>

#include "proto/packet.hpp"
#include "proto/wire.hpp"

namespace konduit::proto {

namespace {

constexpr std::uint8_t kStart[] = {wire::kPacketType, wire::kTypeWindow, wire::kPacketWindow[0],
                                   wire::kPacketWindow[1]};

bool get_field(const std::byte*& at, const std::byte* end, std::uint8_t tag, std::uint64_t& value) noexcept {
  return at != end && *at == std::byte{tag} && wire::get_varint(++at, end, value);
}

}  // namespace

Buffer encode_window(BlockPool& pool, std::int64_t connect_id, std::int64_t bytes) {
  const auto id = static_cast<std::uint64_t>(connect_id);
  const auto credit = static_cast<std::uint64_t>(bytes);
  const std::size_t window = 2 + wire::varint_size(id) + wire::varint_size(credit);
  const std::size_t message = sizeof kStart + 1 + window;
  Buffer packet = pool.allocate(kMessagePrefix + message, kFrameHeader);
  std::byte* out = wire::put_prefix(packet.data(), message);
  for (const std::uint8_t byte : kStart) out = wire::put_tag(out, byte);
  out = wire::put_varint(out, window);
  out = wire::put_tag(out, wire::kWindowConnectId);
  out = wire::put_varint(out, id);
  out = wire::put_tag(out, wire::kWindowBytes);
  wire::put_varint(out, credit);
  return packet;
}

std::optional<Window> read_window(std::span<const std::byte> message) noexcept {
  if (message.size() <= sizeof kStart || std::memcmp(message.data(), kStart, sizeof kStart) != 0) return std::nullopt;
  const std::byte* at = message.data() + sizeof kStart;
  const std::byte* const end = message.data() + message.size();
  std::uint64_t length = 0;
  std::uint64_t id = 0;
  std::uint64_t bytes = 0;
  if (!wire::get_varint(at, end, length) || length != static_cast<std::uint64_t>(end - at)) return std::nullopt;
  if (!get_field(at, end, wire::kWindowConnectId, id) || !get_field(at, end, wire::kWindowBytes, bytes)) {
    return std::nullopt;
  }
  if (at != end) return std::nullopt;
  return Window{static_cast<std::int64_t>(id), static_cast<std::int64_t>(bytes)};
}

}  // namespace konduit::proto
