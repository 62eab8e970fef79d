// A process that may open nothing more.
#include <algorithm>
#include <chrono>

#include "chaos/process_view.hpp"
#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

namespace {

constexpr unsigned kMoreClients = 30;
/// Of one CPU, while it can do nothing but wait. A tenth of a second a second would be a loop that retries.
constexpr double kIdleShare = 0.05;

std::size_t count_of(Trial& trial, const std::string& kind, Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count_if(trial.load().records(), [&](const TunnelRecord& record) {
    return record.kind == kind && record.outcome == outcome;
  }));
}

/// Tunnels that say something now and then, and nothing else that uses CPU.
void open_quietly(Trial& trial) {
  trial.open();
  trial.load().add(idle_plan(trial.site().target(0)), 5);
  trial.await_established("idle", 5);
}

/// The share of one CPU that a process uses while `duration` goes by.
double cpu_share(Trial& trial, pid_t process, Duration duration) {
  const double before = look_at(process).cpu_seconds;
  trial.go_on(duration);
  return (look_at(process).cpu_seconds - before) / seconds(duration);
}

void check_idle(Trial& trial, double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  trial.figure("CPU meanwhile", text);
  trial.check(share <= kIdleShare * slowness(), std::string("it spins: it uses ") + text + " of a CPU");
}

/// Clients of one request each, that can wait.
TunnelPlan patient_request(Trial& trial) {
  TunnelPlan plan = request_plan(trial.site().target(0));
  plan.kind = "waiting";
  plan.once = true;
  return plan;
}

}  // namespace

void server_descriptors(Trial& trial) {
  open_quietly(trial);
  const pid_t server = trial.site().server().id();
  std::uint64_t usual = 0;
  trial.act("no descriptors left", [&] {
    usual = limit_descriptors(server, next_descriptor(server));
    trial.load().add(patient_request(trial), kMoreClients);
  });
  check_idle(trial, cpu_share(trial, server, 3s));
  trial.check(count_of(trial, "waiting", Outcome::running) == kMoreClients, "clients were not left waiting");
  trial.check(trial.established("idle") == 5, "tunnels did not go on");
  trial.act("descriptors again", [&] { limit_descriptors(server, usual); });
  trial.check(wait_until(Clock::now() + patient(2s),
                         [&] { return count_of(trial, "waiting", Outcome::completed) == kMoreClients; }),
              "of " + std::to_string(kMoreClients) + " waiting clients " +
                  std::to_string(count_of(trial, "waiting", Outcome::completed)) + " were served 2 s after");
  trial.close();
}

void agent_descriptors(Trial& trial) {
  open_quietly(trial);
  const pid_t agent = trial.site().agent(0).id();
  std::uint64_t usual = 0;
  const auto of_these = [](const TunnelRecord& record) { return record.kind == "waiting"; };
  trial.strike("no descriptors left", Trial::nothing, of_these, [&] {
    usual = limit_descriptors(agent, next_descriptor(agent));
    trial.load().add(patient_request(trial), kMoreClients);
  });
  check_idle(trial, cpu_share(trial, agent, 3s));
  trial.check(count_of(trial, "waiting", Outcome::refused) == kMoreClients, "dials did not fail in time");
  const auto records = trial.load().records();
  trial.check(std::ranges::all_of(records,
                                  [&](const TunnelRecord& record) {
                                    return !of_these(record) || record.text.find(" 503 ") != std::string::npos;
                                  }),
              "the clients were not told why");
  trial.check(trial.established("idle") == 5, "tunnels did not go on");
  trial.repair("descriptors again", [&] {
    limit_descriptors(agent, usual);
    trial.load().add(patient_request(trial), 1);
  });
  trial.expect_recovered(2s);
  trial.close();
}

}  // namespace konduit::chaos
