#include "relay/relay.hpp"

#include <benchmark/benchmark.h>

#include <memory>

#include "konduit/stream_pair.hpp"
#include "konduit/testkit/recording_metrics.hpp"
#include "support/endless_streams.hpp"

namespace konduit::relay {
namespace {

class Owner final : public Relay::Owner {
  void on_relay_end(const RelayOutcome&) override {}
};

/// Bytes through a relay between two streams in memory: what the core adds to a tunnel.
void relay_one_way(benchmark::State& state) {
  constexpr std::size_t kStep = 1024 * 1024;
  Shard shard;
  testkit::RecordingMetrics metrics;
  MemoryBudget budget{64 * 1024 * 1024, 1, {}};
  RelayContext context{shard, {}, budget, {}, metrics.counter("to_target", ""), metrics.counter("to_client", "")};
  StreamPair client = make_stream_pair(shard, shard);
  StreamPair target = make_stream_pair(shard, shard);
  Owner owner;
  Relay relay(context, std::move(client.second), std::move(target.first), owner);
  relay.start();
  test_support::EndlessSource source(shard, std::move(client.first));
  test_support::CountingSink sink(std::move(target.second));
  source.write();
  std::size_t goal = 0;
  for (auto _ : state) {
    goal += kStep;
    while (sink.bytes() < goal) shard.run_turn(Duration::zero());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(sink.bytes()));
}
BENCHMARK(relay_one_way);

}  // namespace
}  // namespace konduit::relay
