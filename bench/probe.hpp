#pragma once

#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

#include "latencies.hpp"
#include "sockets.hpp"

namespace konduit::bench {

/// One tunnel to an echoing endpoint with one request after another, on a thread of its own, so that what it measures
/// does not wait for the load beside it.
class Probe {
 public:
  using Clock = Latencies::Clock;

  /// Takes over an open tunnel. Begins at once.
  Probe(Socket tunnel, std::size_t message);

  /// Ends it. The latencies of what was answered after `begin`; the request that is under way counts for as long as it
  /// has waited. Nothing if the tunnel broke.
  std::optional<Latencies> stop(Clock::time_point begin);

 private:
  struct RoundTrip {
    Clock::time_point asked;
    Clock::time_point answered;
  };

  void run(const std::stop_token& stop);
  void ask();
  void await_answer(const std::stop_token& stop);

  Socket tunnel_;
  std::vector<char> message_;
  std::vector<RoundTrip> round_trips_;
  bool broken_ = false;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace konduit::bench
