#pragma once

#include "chaos/trial.hpp"

namespace konduit::chaos {

struct SoakSettings {
  double minutes = 5;
};

/// Mixed load for so long, with small faults at random on the link between agent and server; in the end memory and
/// descriptors must be what they were in the beginning. Prints a table and writes soak.svg. The exit status.
int run_soak(const RunSettings& settings, const SoakSettings& soak);

}  // namespace konduit::chaos
