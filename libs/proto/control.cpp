#include "proto/konnectivity.pb.h"
#include "proto/packet.hpp"
#include "proto/wire.hpp"
#include "text/utf8.hpp"

namespace konduit::proto {

namespace {

bool strings_are_valid(const ::Packet& packet) noexcept {
  switch (packet.payload_case()) {
    case ::Packet::kDialRequest:
      return valid_utf8(packet.dialrequest().protocol()) && valid_utf8(packet.dialrequest().address());
    case ::Packet::kDialResponse: return valid_utf8(packet.dialresponse().error());
    case ::Packet::kCloseResponse: return valid_utf8(packet.closeresponse().error());
    case ::Packet::kData: return valid_utf8(packet.data().error());
    default: return true;
  }
}

void repair(std::string* words) { *words = text::repaired_utf8(*words); }

void repair_strings(::Packet& packet) {
  switch (packet.payload_case()) {
    case ::Packet::kDialRequest:
      repair(packet.mutable_dialrequest()->mutable_protocol());
      repair(packet.mutable_dialrequest()->mutable_address());
      break;
    case ::Packet::kDialResponse: repair(packet.mutable_dialresponse()->mutable_error()); break;
    case ::Packet::kCloseResponse: repair(packet.mutable_closeresponse()->mutable_error()); break;
    case ::Packet::kData: repair(packet.mutable_data()->mutable_error()); break;
    default: break;
  }
}

bool payload_matches(const ::Packet& packet) noexcept {
  switch (packet.type()) {
    case ::DIAL_REQ: return packet.has_dialrequest();
    case ::DIAL_RSP: return packet.has_dialresponse();
    case ::CLOSE_REQ: return packet.has_closerequest();
    case ::CLOSE_RSP: return packet.has_closeresponse();
    case ::DATA: return packet.has_data();
    case ::DIAL_CLS: return packet.has_closedial();
    case ::DRAIN: return packet.has_drain();
    case ::WINDOW: return packet.has_window();
    case ::HALF_CLOSE: return packet.has_halfclose();
    case ::RESET: return packet.has_reset();
    default: return true;
  }
}

void supply_payload(::Packet& packet) {
  switch (packet.type()) {
    case ::DIAL_REQ: packet.mutable_dialrequest(); break;
    case ::DIAL_RSP: packet.mutable_dialresponse(); break;
    case ::CLOSE_REQ: packet.mutable_closerequest(); break;
    case ::CLOSE_RSP: packet.mutable_closeresponse(); break;
    case ::DATA: packet.mutable_data(); break;
    case ::DIAL_CLS: packet.mutable_closedial(); break;
    case ::DRAIN: packet.mutable_drain(); break;
    case ::WINDOW: packet.mutable_window(); break;
    case ::HALF_CLOSE: packet.mutable_halfclose(); break;
    case ::RESET: packet.mutable_reset(); break;
    default: break;
  }
}

Buffer serialize(BlockPool& pool, const ::Packet& packet) {
  const std::size_t size = packet.ByteSizeLong();
  Buffer message = pool.allocate(kMessagePrefix + size, kFrameHeader);
  wire::put_prefix(message.data(), size);
  packet.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(message.data()) + kMessagePrefix);
  return message;
}

}  // namespace

bool valid_utf8(std::string_view words) noexcept { return text::valid_utf8(words); }

Buffer encode(BlockPool& pool, const ::Packet& packet) {
  if (payload_matches(packet) && strings_are_valid(packet)) return serialize(pool, packet);
  ::Packet sound(packet);
  if (!payload_matches(sound)) supply_payload(sound);
  repair_strings(sound);
  return serialize(pool, sound);
}

}  // namespace konduit::proto
