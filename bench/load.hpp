#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "endpoint.hpp"
#include "latencies.hpp"

namespace konduit::bench {

struct LoadSettings {
  std::string proxy;           ///< As in open_tunnel().
  std::uint16_t endpoint = 0;  ///< Its port on 127.0.0.1.
  Mode mode = Mode::download;
  bool verify = false;  ///< Download: every byte is compared.
  unsigned tunnels = 1;
  std::size_t message = 64;  ///< Bytes of a request and of its answer.
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds duration{3000};
  std::vector<pid_t> processes;         ///< Whose CPU is counted: server and agent.
  std::vector<pid_t> endpoint_process;  ///< Counted apart. Empty: not.
};

struct LoadResult {
  double seconds = 0;
  std::uint64_t bytes = 0;
  std::uint64_t round_trips = 0;
  double cpu_seconds = 0;           ///< Of the processes.
  double endpoint_cpu_seconds = 0;  ///< What the measuring itself cost: near `seconds`, it is what is measured.
  double own_cpu_seconds = 0;
  long resident_kib = 0;
  Percentiles latency;
};

/// Opens the tunnels and keeps them busy; only what happens behind the warm-up counts. Throws when a tunnel breaks.
LoadResult run_load(const LoadSettings& settings);

}  // namespace konduit::bench
