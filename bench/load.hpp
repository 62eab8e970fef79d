#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "endpoint.hpp"

namespace konduit::bench {

struct LoadSettings {
  std::string proxy;           ///< "unix:/path" of an HTTP CONNECT proxy; empty: straight to the endpoint.
  std::uint16_t endpoint = 0;  ///< Its port on 127.0.0.1.
  Mode mode = Mode::download;
  unsigned tunnels = 1;
  std::size_t message = 64;  ///< Bytes of a request and of its answer.
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds duration{3000};
  std::vector<pid_t> processes;  ///< Whose CPU is counted.
};

struct LoadResult {
  double seconds = 0;
  std::uint64_t bytes = 0;
  std::uint64_t round_trips = 0;
  double cpu_seconds = 0;
  long resident_kib = 0;
  double p50_us = 0;
  double p99_us = 0;
};

/// Opens the tunnels and keeps them busy; only what happens behind the warm-up counts. Throws when a tunnel breaks.
LoadResult run_load(const LoadSettings& settings);

}  // namespace konduit::bench
