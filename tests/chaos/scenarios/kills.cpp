// kill -9.
#include <csignal>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>

#include "chaos/full_listener.hpp"
#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

namespace {

/// How long it takes to notice that a process of this machine has died: the system closes its sockets.
constexpr Duration kNoticeDeath = 2s;

}  // namespace

void agent_killed(Trial& trial) {
  trial.open();
  trial.begin_mixed_load();
  trial.strike("agent killed", Trial::everything, Trial::everything, [&] { trial.site().agent(0).kill(); });
  trial.expect_noticed(kNoticeDeath);
  trial.go_on(1s);
  trial.repair("agent started", [&] { trial.site().start_agent(0); });
  trial.expect_recovered(3s);
  trial.go_on(1s);
  trial.close();
}

void server_killed(Trial& trial) {
  trial.open();
  trial.begin_mixed_load();
  trial.strike("server killed", Trial::everything, Trial::everything, [&] { trial.site().server().kill(); });
  trial.expect_noticed(kNoticeDeath);
  trial.go_on(1s);
  trial.repair("server started", [&] { trial.site().start_server(); });
  // The agent may have to wait for its next attempt.
  trial.expect_recovered(6s);
  trial.go_on(1s);
  trial.close();
}

void endpoint_killed(Trial& trial) {
  trial.open({.endpoints = 2});
  trial.begin_mixed_load();
  const std::string target = trial.site().target(1);
  trial.load().add(bulk_plan(target), 1);
  trial.load().add(idle_plan(target), 3);
  trial.load().add(request_plan(target), 1);
  trial.await_established("idle", kLongTunnelsOfMix - 2 + 3);
  trial.await_established("bulk", 3);
  trial.go_on(1s);
  const auto of_target = [target](const TunnelRecord& record) { return record.target == target; };
  trial.strike("endpoint 1 killed", of_target, of_target, [&] { trial.site().endpoint(1).kill(); });
  trial.expect_noticed(kNoticeDeath);
  trial.go_on(1s);
  trial.repair("endpoint 1 started", [&] { trial.site().start_endpoint(1); });
  trial.expect_recovered(2s);
  trial.go_on(1s);
  trial.close();
}

void one_agent_of_two(Trial& trial) {
  constexpr unsigned kPending = 12;
  trial.open({.agents = 2});
  trial.begin_mixed_load();
  const FullListener deaf;
  TunnelPlan plan{.kind = "pending", .target = deaf.address()};
  plan.once = true;
  trial.load().add(plan, kPending);
  trial.go_on(1s);

  Process& victim = trial.site().agent(0);
  const auto exits = std::make_shared<std::set<std::uint16_t>>();
  const auto through_victim = [exits](const TunnelRecord& record) { return exits->contains(record.exit_port); };
  trial.strike("agent 0 killed, " + std::to_string(kPending) + " dials pending", through_victim, Trial::everything,
               [&] {
                 // Stopped first, so that it opens nothing between the look and the end.
                 victim.signal(SIGSTOP);
                 *exits = tcp_ports(victim.id());
                 victim.kill();
               });
  trial.repair("", [] {});
  trial.expect_recovered(2s);
  trial.expect_noticed(kNoticeDeath);
  const auto pending = [&] {
    return std::ranges::count_if(trial.load().records(),
                                 [](const TunnelRecord& record) { return record.kind == "pending" && !record.over(); });
  };
  // Those of the other agent, and those that were tried again there, last as long as that agent's own patience: 5 s.
  trial.check(wait_until(Clock::now() + patient(7s), [&] { return pending() == 0; }),
              std::to_string(pending()) + " dials still hang");
  trial.act("agent 0 started", [&] { trial.site().start_agent(0); });
  trial.check(trial.site().agents_connected(2, patient(3s)), "the new agent is not connected after 3 s");
  trial.go_on(1s);
  trial.close();
}

}  // namespace konduit::chaos
