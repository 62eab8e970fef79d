#include <benchmark/benchmark.h>

#include <memory>

#include "unit/transport_grpc/stations.hpp"

namespace konduit::transport_grpc {
namespace {

/// A dial over an agent, from the backend's part to the agent's pipeline and back, and the tunnel's end: all but
/// sockets and TLS.
void dial_and_close(benchmark::State& state) {
  Shard shard;
  AgentsStation agents(shard);
  UplinkStation uplink(shard, agents.host.network, {"tcp://agents"});
  uplink.dialer.at_once = true;
  const auto turn_until = [&](const auto& done) {
    while (!done()) shard.run_turn(std::chrono::milliseconds(1));
  };
  turn_until([&] { return agents.part->has_agents(); });
  auto& dials = uplink.dialer.dials;
  for (auto _ : state) {
    auto stream = testkit::await(shard, agents.part->dial(request_for(shard)));
    turn_until([&] { return !dials.empty() && dials.back()->spliced != nullptr; });
    stream->reset();
    dials.clear();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(dial_and_close);

}  // namespace
}  // namespace konduit::transport_grpc
