#include <benchmark/benchmark.h>

#include <string>

#include "proto/konnectivity.pb.h"
#include "proto/packet.hpp"

namespace konduit::proto {
namespace {

constexpr std::int64_t kId = 300'000;

void count_bytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(each));
}

/// The header goes into the headroom: what a packet costs beside its block.
void encode_data_in_place(benchmark::State& state) {
  BlockPool pool(nullptr);
  const auto size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    Buffer payload = pool.allocate(size, kDataHeadroom);
    benchmark::DoNotOptimize(prepend_data_header(payload, kId));
    benchmark::DoNotOptimize(payload.data());
  }
  count_bytes(state, size);
}
BENCHMARK(encode_data_in_place)->Arg(64)->Arg(kDataPayload);

/// As it arrives: several packets in a block, of which slices are handed out.
void read_data(benchmark::State& state) {
  BlockPool pool(nullptr);
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::size_t packets = 64 * 1024 / (size + kDataHeadroom) + 1;
  BufferQueue encoded;
  for (std::size_t i = 0; i != packets; ++i) {
    encode_data(pool, encoded, kId, pool.copy(std::string(size, 'x'), kDataHeadroom));
  }
  std::string wire;
  while (encoded.count() > 0) wire += encoded.pop_front().text();
  PacketReader reader(pool);
  for (auto _ : state) {
    reader.push(pool.copy(wire));
    while (reader.next() == PacketReader::Event::data) reader.payload().clear();
  }
  count_bytes(state, packets * size);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(packets));
}
BENCHMARK(read_data)->Arg(64)->Arg(kDataPayload);

void encode_dial_request(benchmark::State& state) {
  BlockPool pool(nullptr);
  for (auto _ : state) {
    ::Packet packet;
    packet.set_type(DIAL_REQ);
    packet.mutable_dialrequest()->set_protocol("tcp");
    packet.mutable_dialrequest()->set_address("10.0.0.1:10250");
    packet.mutable_dialrequest()->set_random(kId);
    benchmark::DoNotOptimize(encode(pool, packet));
  }
}
BENCHMARK(encode_dial_request);

void read_dial_response(benchmark::State& state) {
  BlockPool pool(nullptr);
  ::Packet packet;
  packet.set_type(DIAL_RSP);
  packet.mutable_dialresponse()->set_connectid(kId);
  packet.mutable_dialresponse()->set_random(kId);
  const std::string wire(encode(pool, packet).text());
  PacketReader reader(pool);
  for (auto _ : state) {
    reader.push(pool.copy(wire));
    while (reader.next() == PacketReader::Event::packet) benchmark::DoNotOptimize(reader.packet());
  }
}
BENCHMARK(read_dial_response);

void encode_and_read_window(benchmark::State& state) {
  BlockPool pool(nullptr);
  PacketReader reader(pool);
  for (auto _ : state) {
    reader.push(encode_window(pool, kId, 128 * 1024));
    while (reader.next() == PacketReader::Event::window) benchmark::DoNotOptimize(reader.credit());
  }
}
BENCHMARK(encode_and_read_window);

}  // namespace
}  // namespace konduit::proto
