// Peers that are slow, or break off.
#include <algorithm>
#include <chrono>

#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kSlow = 100'000;
constexpr unsigned kSlowTunnels = 4;

/// Requests completed in the last `span`, a second.
double requests_per_second(Trial& trial, Duration span) {
  const TimePoint since = Clock::now() - span;
  const auto count = std::ranges::count_if(trial.load().records(), [&](const TunnelRecord& record) {
    return record.kind == "request" && record.outcome == Outcome::completed && record.ended >= since;
  });
  return static_cast<double>(count) / seconds(span);
}

/// Slow tunnels beside the mixed load, whose pace must not suffer.
void play_beside(Trial& trial, const std::string& what, TunnelPlan slow) {
  slow.kind = "slow";
  slow.target = trial.site().target(0);
  slow.once = true;
  trial.begin_mixed_load();
  trial.go_on(1s);
  const double before = requests_per_second(trial, 2s);
  trial.act(what, [&] { trial.load().add(slow, kSlowTunnels); });
  // They are slow, so they still are there when this is over.
  trial.go_on(5s);
  trial.check(trial.established("slow") == kSlowTunnels, "the slow tunnels did not last as long as they were to");
  const double beside = requests_per_second(trial, 4s);
  trial.figure("requests/s before, beside",
               std::to_string(static_cast<int>(before)) + ", " + std::to_string(static_cast<int>(beside)));
  trial.check(beside >= before * 0.4, "requests became slow beside slow tunnels: " + std::to_string(beside) +
                                          " a second, before " + std::to_string(before));
  trial.close();
}

}  // namespace

void slow_reader(Trial& trial) {
  trial.open();
  TunnelPlan plan;
  plan.down = {1'000'000, 1'000'000};
  plan.reads.rate = kSlow;
  play_beside(trial, "slow readers", plan);
}

void slow_writer(Trial& trial) {
  trial.open();
  TunnelPlan plan;
  plan.up = {1'000'000, 1'000'000};
  plan.endpoint_reads = kSlow;
  play_beside(trial, "slow endpoints", plan);
}

void endpoint_resets(Trial& trial) {
  constexpr unsigned kTunnels = 6;
  trial.open();
  trial.begin_mixed_load();
  TunnelPlan plan{.kind = "reset", .target = trial.site().target(0)};
  plan.up = {50'000, 50'000};
  plan.down = {1'000'000, 1'000'000};
  plan.reset_after = 200'000;
  plan.once = true;
  plan.may_fail = true;
  const auto of_these = [](const TunnelRecord& record) { return record.kind == "reset"; };
  trial.act("endpoints reset", [&] { trial.load().add(plan, kTunnels); });
  const auto ended = [&] {
    return std::ranges::count_if(trial.load().records(),
                                 [&](const TunnelRecord& record) { return of_these(record) && record.lost(); });
  };
  trial.check(wait_until(Clock::now() + patient(2s), [&] { return ended() == kTunnels; }),
              "of " + std::to_string(kTunnels) + " tunnels only " + std::to_string(ended()) + " ended with an error");
  trial.go_on(1s);
  trial.close();
}

}  // namespace konduit::chaos
