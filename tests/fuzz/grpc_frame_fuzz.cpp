#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tuple>

#include "proto/packet.hpp"

namespace {

using konduit::proto::PacketReader;

// Reads a stream in pieces of one size: what came out of it, and how it ended.
std::tuple<std::string, std::size_t, PacketReader::Error> read(const std::uint8_t* data, std::size_t size,
                                                               std::size_t piece) {
  konduit::BlockPool pool(nullptr);
  PacketReader reader(pool, 64 * 1024);
  std::string seen;
  std::size_t accounted = 0;
  std::size_t packets = 0;
  for (std::size_t at = 0; at < size; at += piece) {
    const std::size_t part = std::min(piece, size - at);
    reader.push(pool.copy(std::as_bytes(std::span(data + at, part))));
    for (auto event = reader.next(); event != PacketReader::Event::none; event = reader.next()) {
      if (event == PacketReader::Event::error) break;
      if (event == PacketReader::Event::packet) ++packets;
      if (event != PacketReader::Event::data) continue;
      std::string bytes(reader.payload().size(), '\0');
      reader.payload().peek(std::as_writable_bytes(std::span(bytes)));
      seen += bytes;
      accounted += reader.charge();
    }
    accounted += reader.take_overhead();
  }
  if (accounted > size) std::abort();
  return {seen, packets, reader.error()};
}

}  // namespace

// A stream of messages: cuts do not matter, and no byte is accounted for twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 20'000) return 0;
  const auto whole = read(data, size, std::max<std::size_t>(size, 1));
  if (read(data, size, 1) != whole || read(data, size, 13) != whole) std::abort();
  return 0;
}
