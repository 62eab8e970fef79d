// The checks themselves, and the load without a fault.
#include <algorithm>
#include <chrono>

#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

void checks_notice(Trial& trial) {
  trial.open({.endpoint_forwarder = true});
  for (const char* way : {"up", "down"}) {
    for (const char* what : {"lose", "repeat", "swap"}) {
      const std::string kind = std::string(what) + " " + way;
      TunnelPlan plan{.kind = kind, .target = trial.site().target(0)};
      plan.up = plan.down = {300'000, 300'000};
      plan.once = true;
      plan.patience = patient(2s);
      trial.act(kind, [&] { trial.site().order_endpoint_forwarder(std::string("tamper ") + way + " " + what); });
      trial.load().add(plan);
      const auto noticed = [&] {
        return std::ranges::any_of(trial.load().records(), [&](const TunnelRecord& record) {
          return record.kind == kind && (record.outcome == Outcome::corrupted || record.outcome == Outcome::hung);
        });
      };
      trial.check(wait_until(Clock::now() + patient(10s), noticed), "nobody noticed: " + kind);
      // What is still under way of this tunnel is not to be tampered with in place of the next one.
      trial.site().order_endpoint_forwarder("cut");
    }
  }
}

void no_fault(Trial& trial) {
  trial.open();
  trial.begin_mixed_load();
  trial.go_on(trial.settings().short_form ? 2s : 5s);
  trial.close();
}

}  // namespace konduit::chaos
