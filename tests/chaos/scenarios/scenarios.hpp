#pragma once

#include <string>

#include "chaos/trial.hpp"

namespace konduit::chaos {

// What each does, and what must hold, stands beside its name in scenario.cpp.

void checks_notice(Trial& trial);
void no_fault(Trial& trial);

void churn(Trial& trial);

void agent_killed(Trial& trial);
void server_killed(Trial& trial);
void endpoint_killed(Trial& trial);
void one_agent_of_two(Trial& trial);

void blackhole(Trial& trial);
void blackhole_idle(Trial& trial);
void packets_lost(Trial& trial);
void half_open_agent(Trial& trial);
void half_open_server(Trial& trial);
void link_reset(Trial& trial);
std::string missing_namespaces(const RunSettings& settings);

void link_stalled(Trial& trial);
void link_delayed(Trial& trial);
void link_narrow(Trial& trial);
void link_bytewise(Trial& trial);

void slow_reader(Trial& trial);
void slow_writer(Trial& trial);
void endpoint_resets(Trial& trial);

void server_descriptors(Trial& trial);
void agent_descriptors(Trial& trial);

void clock_jumps(Trial& trial);
std::string missing_faketime(const RunSettings& settings);
void log_full(Trial& trial);
void certificate_expired(Trial& trial);

}  // namespace konduit::chaos
