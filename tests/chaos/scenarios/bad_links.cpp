// The connection between agent and server stays, and is bad.
#include <chrono>

#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

namespace {

void play_with(Trial& trial, const std::string& what, const std::vector<std::string>& orders, Duration duration) {
  trial.open({.forwarder = true});
  trial.begin_mixed_load();
  trial.act(what, [&] {
    for (const std::string& order : orders) trial.site().order(order);
  });
  trial.go_on(duration);
  trial.act("as before", [&] { trial.site().order("clear"); });
  trial.go_on(2s);
  trial.close();
}

}  // namespace

void link_stalled(Trial& trial) { play_with(trial, "nothing moves", {"stall both"}, 3s); }

void link_delayed(Trial& trial) {
  play_with(trial, "far away, and lossy", {"delay both 100 20", "loss both 2"}, trial.settings().short_form ? 4s : 8s);
}

void link_narrow(Trial& trial) { play_with(trial, "500 kB/s each way", {"rate both 500000"}, 8s); }

void link_bytewise(Trial& trial) {
  trial.open({.forwarder = true});
  trial.act("a byte at a time, from the handshake on", [&] {
    trial.site().order("piece both 1");
    trial.site().order("cut");
  });
  // The old connection's end may not be known yet.
  trial.go_on(1s);
  trial.check(trial.site().agents_connected(1, patient(10s)), "the agent is not back after 10 s");
  trial.load().add(request_plan(trial.site().target(0)), 2);
  trial.load().add(half_close_plan(trial.site().target(0)), 1);
  trial.load().add(idle_plan(trial.site().target(0)), 4);
  trial.await_established("idle", 4);
  trial.go_on(trial.settings().short_form ? 3s : 6s);
  trial.close();
}

}  // namespace konduit::chaos
