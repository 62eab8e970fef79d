// Very many tunnels that end in every way there is.
#include <chrono>
#include <random>

#include "chaos/full_listener.hpp"
#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

namespace {

/// An agent waits longer before every further attempt.
constexpr Duration kFindAgain = 15s;

TunnelPlan breaking(TunnelPlan plan, const std::string& kind) {
  plan.kind = kind;
  plan.may_fail = true;
  return plan;
}

/// A port of this machine where nobody listens: it was free a moment ago, and the system gives it to nobody soon again.
std::string deserted_address() {
  asio::io_context context;
  const asio::ip::tcp::acceptor bound(context, {asio::ip::address_v4::loopback(), 0}, false);
  return "127.0.0.1:" + std::to_string(bound.local_endpoint().port());
}

/// 300 lanes: tunnels that complete, clients that leave while they dial or in mid-stream, endpoints that reset, that
/// are not there, that do not answer.
void add_lanes(Trial& trial, const std::string& deaf) {
  const std::string target = trial.site().target(0);
  TunnelPlan request = request_plan(target);
  request.redial = {};
  TunnelPlan half_close = half_close_plan(target);
  half_close.redial = {};
  half_close.up = half_close.down = {1, 40'000};
  TunnelPlan leaving = breaking(half_close, "leaving");
  leaving.up = leaving.down = {100'000, 2'000'000};
  leaving.leaves_before = 200ms;
  TunnelPlan resets = breaking(request, "reset");
  resets.up = resets.down = {50'000, 50'000};
  resets.reset_after = 20'000;
  TunnelPlan unanswered = breaking(request, "unanswered");
  unanswered.target = deaf;
  unanswered.leaves_before = 500ms;
  TunnelPlan deserted = breaking(request, "deserted");
  deserted.target = deserted_address();
  trial.load().add(request, 140);
  trial.load().add(half_close, 50);
  trial.load().add(leaving, 50);
  trial.load().add(resets, 30);
  trial.load().add(unanswered, 20);
  trial.load().add(deserted, 10);
}

void break_something(Trial& trial, std::mt19937_64& random) {
  Site& site = trial.site();
  const bool kill = random() % 2 == 0;
  const auto index = static_cast<unsigned>(random() % site.agents());
  trial.strike(kill ? "agent killed" : "RST", Trial::everything, Trial::everything, [&] {
    if (kill) site.agent(index).kill();
    if (!kill) site.order("cut");
  });
  trial.repair("", [&] {
    if (kill) site.start_agent(index);
  });
  trial.expect_recovered(kFindAgain);
  trial.check(site.agents_connected(site.agents(), patient(kFindAgain)), "an agent did not come back");
}

}  // namespace

void churn(Trial& trial) {
  trial.open({.agents = 2, .forwarder = true});
  const FullListener deaf;
  add_lanes(trial, deaf.address());
  std::mt19937_64 random(trial.settings().seed);
  const TimePoint deadline = Clock::now() + patient(120s);
  while (trial.load().tally().established < trial.settings().churned && Clock::now() < deadline) {
    trial.go_on(500ms);
    break_something(trial, random);
    trial.judge();
  }
  const std::uint64_t established = trial.load().tally().established;
  trial.figure("tunnels established", std::to_string(established));
  trial.check(established >= trial.settings().churned, "it did not come to so many tunnels as it was to");
  trial.close();
}

}  // namespace konduit::chaos
