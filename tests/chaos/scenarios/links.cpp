// The connection between agent and server ends, and not always tells.
#include <chrono>
#include <string>

#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

namespace {

/// TCP's and HTTP/2's means of noticing that nobody is there any more: some 11 s.
constexpr Duration kNoticeSilence = 12s;
/// The largest pause between an agent's attempts is 10 s, and an attempt may have begun in the dark.
constexpr Duration kFindAgain = 15s;

/// Both ends have dropped what ran through the link, not only the one that clients see.
void expect_agent_noticed(Trial& trial, Duration limit) {
  const auto tunnels = [&] { return trial.site().agent_metrics(0).gauges.at("konduit_tunnels"); };
  const Duration left =
      patient(limit) - std::chrono::duration_cast<Duration>(std::chrono::duration<double>(trial.struck_ago()));
  // New tunnels may come within a moment, behind what the agent tells of the old ones' end.
  const auto noticed = [&] {
    return tunnels() == 0 || trial.site().agent_log(0).find("a server's connection ended") != std::string::npos;
  };
  trial.check(wait_until(Clock::now() + left, noticed),
              "the agent keeps " + std::to_string(tunnels()) + " tunnels of a server that is gone");
  trial.figure("agent noticed after", in_seconds(trial.struck_ago()));
}

void cut_and_mend(Trial& trial) {
  trial.strike("packets vanish", Trial::everything, Trial::everything, [&] { trial.site().namespaces().cut(); });
  trial.expect_noticed(kNoticeSilence);
  expect_agent_noticed(trial, kNoticeSilence + 1s);
  trial.repair("packets pass again", [&] { trial.site().namespaces().mend(); });
  trial.expect_recovered(kFindAgain);
  trial.go_on(1s);
  trial.close();
}

}  // namespace

std::string missing_namespaces(const RunSettings&) { return Namespaces::missing(); }

void blackhole(Trial& trial) {
  trial.open({.namespaces = true});
  trial.begin_mixed_load();
  cut_and_mend(trial);
}

void blackhole_idle(Trial& trial) {
  trial.open({.namespaces = true});
  TunnelPlan silent = idle_plan(trial.site().target(0));
  silent.pause = 1h;
  trial.load().add(silent, 8);
  trial.await_established("idle", 8);
  trial.go_on(1s);
  cut_and_mend(trial);
}

void packets_lost(Trial& trial) {
  trial.open({.namespaces = true});
  trial.begin_mixed_load();
  trial.act("3 % of packets vanish", [&] { trial.site().namespaces().lose(3); });
  trial.go_on(4s);
  trial.act("none vanish", [&] { trial.site().namespaces().mend(); });
  trial.go_on(1s);
  trial.close();
}

void half_open_agent(Trial& trial) {
  trial.open({.forwarder = true});
  trial.begin_mixed_load();
  trial.strike("server's side reset, agent's silent", Trial::everything, Trial::everything,
               [&] { trial.site().order("half-open accepted"); });
  trial.repair("", [] {});
  trial.expect_noticed(2s);
  expect_agent_noticed(trial, kNoticeSilence);
  trial.expect_recovered(kFindAgain);
  trial.go_on(1s);
  trial.close();
}

void half_open_server(Trial& trial) {
  trial.open({.forwarder = true});
  trial.begin_mixed_load();
  trial.strike("agent's side reset, server's silent", Trial::everything, Trial::everything,
               [&] { trial.site().order("half-open connected"); });
  trial.repair("", [] {});
  expect_agent_noticed(trial, 2s);
  trial.expect_noticed(kNoticeSilence);
  trial.expect_recovered(kFindAgain);
  trial.go_on(1s);
  trial.close();
}

void link_reset(Trial& trial) {
  trial.open({.forwarder = true});
  trial.begin_mixed_load();
  trial.strike("RST", Trial::everything, Trial::everything, [&] { trial.site().order("cut"); });
  trial.repair("", [] {});
  trial.expect_noticed(1s);
  trial.expect_recovered(4s);
  trial.go_on(1s);
  trial.close();
}

}  // namespace konduit::chaos
