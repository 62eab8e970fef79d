#include "chaos/scenario.hpp"

#include <exception>

#include "chaos/scenarios/scenarios.hpp"

namespace konduit::chaos {

namespace {

constexpr Scenario kScenarios[] = {
    {"checks-notice", "a byte lost, doubled or swapped behind the agent: the client says so", true, checks_notice},
    {"no-fault", "mixed load alone: everything is delivered, nothing is left behind", true, no_fault},
    {"churn",
     "10,000 tunnels, 300 at a time, that end in every way, while agents are killed and links cut: nothing is left behind",
     true, churn},
    {"agent-killed", "kill -9 of the only agent: its tunnels end, dials are refused at once, a new agent serves", true,
     agent_killed},
    {"server-killed", "kill -9 of the server: clients and agent notice, the agent finds the new one", true,
     server_killed},
    {"endpoint-killed", "kill -9 of one endpoint of two: its tunnels end, the other's go on", true, endpoint_killed},
    {"one-agent-of-two", "kill -9 of one agent with dials pending: they end in time, the other agent's tunnels go on",
     true, one_agent_of_two},
    {"blackhole", "packets between agent and server vanish: both notice, and meet again", true, blackhole,
     missing_namespaces},
    {"blackhole-idle", "the same while no tunnel says anything", false, blackhole_idle, missing_namespaces},
    {"packets-lost", "3 % of the packets between agent and server are lost: no byte is", true, packets_lost,
     missing_namespaces},
    {"half-open-agent", "the server's side is reset, the agent's stays open and silent: the agent notices", true,
     half_open_agent},
    {"half-open-server", "the agent's side is reset, the server's stays open and silent: dials work again in time",
     false, half_open_server},
    {"link-reset", "RST on both sides in mid-stream: tunnels end at once, the agent is back soon", true, link_reset},
    {"link-stalled", "nothing moves for 3 s, then all does: nothing is lost", true, link_stalled},
    {"link-delayed", "100 ms and 20 ms of jitter each way, 2 % of pieces late as retransmissions: nothing is lost",
     true, link_delayed},
    {"link-narrow", "500 kB/s for all tunnels: nothing is lost", false, link_narrow},
    {"link-bytewise", "a byte at a time, TLS handshake included: nothing is lost", true, link_bytewise},
    {"slow-reader",
     "clients that read 100 kB/s beside others: nobody loses anything, the others keep 40 % of their pace", true,
     slow_reader},
    {"slow-writer", "clients that write, and endpoints that read, slowly: likewise", false, slow_writer},
    {"endpoint-resets", "endpoints reset connections in mid-stream: these tunnels end at once, no other does", true,
     endpoint_resets},
    {"clock-jumps", "server and agent see the clock jump an hour ahead and half an hour back: nobody notices", true,
     clock_jumps, missing_faketime},
    {"server-descriptors", "the server has no descriptors left: clients wait, it does not spin, tunnels go on", true,
     server_descriptors},
    {"agent-descriptors", "the agent has none left: dials fail with the reason, it does not spin, tunnels go on", true,
     agent_descriptors},
    {"log-full", "the server's log is a full disk, the agent's a pipe that nobody holds: nobody notices", true,
     log_full},
    {"certificate-expired", "an agent with an expired certificate: refused, said so, not too often; others go on", true,
     certificate_expired},
};

}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }

Result play(const Scenario& scenario, const RunSettings& settings) {
  Trial trial(settings, scenario.name);
  try {
    scenario.play(trial);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    return trial.finish(error.what());
  }
  return trial.finish({});
}

}  // namespace konduit::chaos
