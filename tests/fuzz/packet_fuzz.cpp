#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/konnectivity.pb.h"
#include "proto/packet.hpp"

// One message, whole: what the reader makes of it is what protobuf makes of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using konduit::proto::PacketReader;
  if (size > konduit::proto::kMaxWhole) return 0;
  konduit::BlockPool pool(nullptr);
  PacketReader reader(pool);
  konduit::Buffer message = pool.allocate(konduit::proto::kMessagePrefix + size);
  auto* out = reinterpret_cast<std::uint8_t*>(message.data());
  *out++ = 0;
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(size >> shift);
  for (std::size_t i = 0; i < size; ++i) out[i] = data[i];
  reader.push(std::move(message));
  const auto event = reader.next();

  ::Packet expected;
  const bool sound = expected.ParseFromArray(data, static_cast<int>(size));
  if (sound != (event != PacketReader::Event::error)) std::abort();
  if (event != PacketReader::Event::data) {
    if (event == PacketReader::Event::packet) konduit::proto::encode(pool, reader.packet());
    return 0;
  }
  std::string bytes(reader.payload().size(), '\0');
  reader.payload().peek(std::as_writable_bytes(std::span(bytes)));
  if (bytes != expected.data().data() || reader.connect_id() != expected.data().connectid()) std::abort();
  return 0;
}
