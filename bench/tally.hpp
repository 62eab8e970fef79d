#pragma once

#include <cstddef>
#include <cstdint>

#include "latencies.hpp"
#include "pattern.hpp"

namespace konduit::bench {

/// What all tunnels of a load have done so far, and what they share.
struct Tally {
  std::size_t opened = 0;      ///< Tunnels, in all.
  std::uint64_t bytes = 0;     ///< Of what is transferred, both ways.
  std::uint64_t finished = 0;  ///< Requests that were answered; where each has a tunnel, tunnels that were closed.
  Latencies latencies;
  const Pattern* expected = nullptr;  ///< What a download must bring; null: it is not compared.
};

}  // namespace konduit::bench
