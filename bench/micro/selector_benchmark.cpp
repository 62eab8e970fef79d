#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "lb-discovery/any_selector.hpp"
#include "lb-discovery/dest_host_selector.hpp"

namespace konduit::lb {
namespace {

std::string host(std::size_t number) {
  return "10." + std::to_string(number >> 16) + '.' + std::to_string(number >> 8 & 255) + '.' +
         std::to_string(number & 255);
}

std::vector<AgentPtr> agents(std::size_t count) {
  std::vector<AgentPtr> all;
  for (std::size_t i = 0; i != count; ++i) {
    auto agent = std::make_shared<Agent>();
    agent->id = "agent-" + std::to_string(i);
    agent->identifiers.emplace("ipv4", host(i));
    agent->sequence = i;
    all.push_back(std::move(agent));
  }
  return all;
}

template <class Part>
void pick(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto all = agents(count);
  const auto index = Part(1).build(all);
  DialRequest request;
  std::size_t next = 0;
  for (auto _ : state) {
    request.target.host = host(next++ % count);
    benchmark::DoNotOptimize(index->pick(request, {}));
  }
}
BENCHMARK(pick<DestHostSelectorPart>)->Arg(10)->Arg(10'000);
BENCHMARK(pick<AnySelectorPart>)->Arg(10)->Arg(10'000);

/// What each agent that comes or goes costs.
template <class Part>
void build(benchmark::State& state) {
  const auto all = agents(static_cast<std::size_t>(state.range(0)));
  Part part(1);
  for (auto _ : state) benchmark::DoNotOptimize(part.build(all));
}
BENCHMARK(build<DestHostSelectorPart>)->Arg(10)->Arg(10'000);
BENCHMARK(build<AnySelectorPart>)->Arg(10)->Arg(10'000);

}  // namespace
}  // namespace konduit::lb
