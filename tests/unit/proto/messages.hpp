#pragma once

#include <string>
#include <string_view>

#include "konduit/buffer.hpp"
#include "proto/konnectivity.pb.h"

/// What the tests of packets share: bytes as text, and messages as a peer's protobuf library writes them.
namespace konduit::proto::testing {

inline std::string text_of(BufferQueue& queue) {
  std::string text(queue.size(), '\0');
  queue.peek(std::as_writable_bytes(std::span(text)));
  return text;
}

inline std::string with_prefix(std::string_view message, char flag = 0) {
  std::string framed(1, flag);
  for (int shift = 24; shift >= 0; shift -= 8) framed.push_back(static_cast<char>(message.size() >> shift));
  return framed.append(message);
}

inline ::Packet data_packet(std::int64_t connect_id, std::string_view bytes) {
  ::Packet packet;
  packet.set_type(::DATA);
  packet.mutable_data()->set_connectid(connect_id);
  packet.mutable_data()->set_data(std::string(bytes));
  return packet;
}

inline std::string framed(const ::Packet& packet) { return with_prefix(packet.SerializeAsString()); }

/// Bytes that differ from their neighbours.
inline std::string pattern(std::size_t size, unsigned seed = 1) {
  std::string text(size, '\0');
  unsigned state = seed * 2654435761u + 1;
  for (char& c : text) {
    state = state * 1664525u + 1013904223u;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

}  // namespace konduit::proto::testing
