#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "latencies.hpp"
#include "process_usage.hpp"
#include "way_in.hpp"

namespace konduit::bench {

enum class Scenario {
  download,
  upload,
  both,  ///< Down and up at the same time, through the same tunnels.
  rr,    ///< One request after another.
  crr,   ///< For each request a tunnel of its own: dialed, used once, closed.
  idle,  ///< Tunnels that have been used and are silent now.
  mix,   ///< Of a hundred tunnels one downloads, one uploads, twenty ask, and the others are silent.
};

struct LoadSettings {
  Way way;
  Scenario scenario = Scenario::download;
  bool verify = false;  ///< Every byte that is downloaded is compared.
  unsigned tunnels = 1;
  std::size_t message = 64;        ///< Bytes of a request and of its answer ...
  std::size_t piece = 256 * 1024;  ///< ... and of what is written at once in an upload.
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds duration{3000};
  pid_t server = 0;  ///< Processes whose CPU and memory are told; 0: not.
  pid_t agent = 0;
  pid_t endpoint = 0;
  bool progress = false;  ///< A line on standard error every five seconds.
};

/// What a process took.
struct Cost {
  double cpu_seconds = 0;  ///< While it was measured.
  Memory before;           ///< The first tunnel was opened.
  Memory at_end;
  Memory peak;  ///< Each by itself, of what was seen every 100 ms.
};

struct LoadResult {
  double seconds = 0;
  std::uint64_t bytes = 0;
  std::uint64_t finished = 0;  ///< Requests that were answered, or tunnels that came to their end (crr).
  Cost server;
  Cost agent;
  double endpoint_cpu_seconds = 0;  ///< What the measuring itself cost: near `seconds`, it is what is measured.
  double own_cpu_seconds = 0;
  Percentiles latency;  ///< Of requests; of crr from the dial to the answer.
};

/// Opens the tunnels and keeps them busy; only what happens behind the warm-up counts. Throws when a tunnel breaks.
LoadResult run_load(const LoadSettings& settings);

}  // namespace konduit::bench
