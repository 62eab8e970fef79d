#include <benchmark/benchmark.h>

#include <memory>

#include "http2/connection.hpp"
#include "http2/grpc.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream_pair.hpp"

namespace konduit::http2 {
namespace {

constexpr std::size_t kWide = 1024 * 1024;

/// A connection and its only stream, which counts what comes.
class End final : public ConnectionHandler, public StreamHandler {
 public:
  End(Shard& shard, StreamPtr stream, Role role) : connection(shard, std::move(stream), role, {}, *this) {}

  StreamHandler* on_stream(StreamId id, const Headers&, bool) override {
    connection.respond(id, grpc_response(), false);
    return this;
  }
  void on_closed(error_code, std::string_view) override {}
  void on_headers(StreamId, const Headers&, bool) override { answered = true; }
  void on_data(StreamId id, Buffer bytes) override {
    received += bytes.size();
    connection.consume(id, bytes.size());
  }
  void on_trailers(StreamId, const Headers&) override {}
  void on_end(StreamId) override {}
  void on_writable(StreamId) override {}
  void on_closed(StreamId, ErrorCode) override { ++closed; }

  Connection connection;
  std::size_t received = 0;
  std::size_t closed = 0;
  bool answered = false;
};

struct Link {
  Link() : pair(make_stream_pair(shard, shard, kWide)) {}

  Shard shard;
  StreamPair pair;
  End client{shard, std::move(pair.first), Role::client};
  End server{shard, std::move(pair.second), Role::server};
};

/// Frames of DATA from one connection to another: framing, flow control, and the loop's turns.
void data_frames(benchmark::State& state) {
  Link link;
  const StreamId id = link.client.connection.request(grpc_request("http", "bench", "/Bench"), link.client);
  while (!link.client.answered) link.shard.run_ready();
  const auto size = static_cast<std::size_t>(state.range(0));
  std::size_t sent = 0;
  for (auto _ : state) {
    while (!link.client.connection.writable(id)) link.shard.run_turn(Duration::zero());
    link.client.connection.push(id, link.shard.pool().allocate(size, 9));
    sent += size;
  }
  while (link.server.received != sent) link.shard.run_turn(Duration::zero());
  state.SetBytesProcessed(static_cast<std::int64_t>(sent));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(data_frames)->Arg(100)->Arg(16 * 1024 - 9);

/// A call from its request to its end: header compression, and what a stream takes.
void calls(benchmark::State& state) {
  Link link;
  std::size_t made = 0;
  for (auto _ : state) {
    const StreamId id = link.client.connection.request(grpc_request("http", "bench", "/Bench"), link.client);
    link.client.answered = false;
    while (!link.client.answered) link.shard.run_turn(Duration::zero());
    link.client.connection.reset(id, ErrorCode::cancel);
    ++made;
    while (link.server.closed != made) link.shard.run_turn(Duration::zero());
  }
  state.SetItemsProcessed(state.iterations());
}
// Fewer than a server's limit of resets.
BENCHMARK(calls)->Iterations(500);

}  // namespace
}  // namespace konduit::http2
