#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "latencies.hpp"

namespace konduit::bench {

struct IsolationSettings {
  std::string proxy;           ///< As in open_tunnel().
  std::uint16_t endpoint = 0;  ///< Ports on 127.0.0.1; that of the probe is another process.
  std::uint16_t probe_endpoint = 0;
  unsigned tunnels = 100;  ///< That download.
  unsigned set_apart = 1;  ///< So many of them are not counted among the others ...
  bool stall = false;      ///< ... and are not read either until the time is over. Off: the base to compare with.
  std::uint64_t length = 16 * 1024 * 1024;  ///< Bytes that a stalled tunnel must bring in the end.
  std::size_t message = 64;                 ///< Bytes of the probe's requests.
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds duration{3000};
  std::chrono::milliseconds patience{60000};  ///< For what the stalled tunnels bring once they are read.
};

struct IsolationResult {
  double seconds = 0;
  std::uint64_t bytes = 0;          ///< Of the other tunnels together ...
  std::uint64_t slowest_bytes = 0;  ///< ... and of the one that got least.
  std::size_t round_trips = 0;
  std::optional<Percentiles> probe;  ///< Nothing: its tunnel broke.
  std::uint64_t resumed_bytes = 0;   ///< What the stalled tunnels brought in the end, every byte compared ...
  std::uint64_t expected_bytes = 0;  ///< ... of so many; 0: nothing was stalled.
  double resumed_seconds = 0;
  std::string fault;  ///< The first thing that went wrong, in words; empty: every byte came, in order.
};

/// Downloads through many tunnels while some are not read, and a probe asks beside them. Throws if it cannot begin.
IsolationResult run_isolation(const IsolationSettings& settings);

}  // namespace konduit::bench
