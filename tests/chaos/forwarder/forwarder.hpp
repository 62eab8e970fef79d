#pragma once

#include <cstdint>
#include <string>

namespace konduit::chaos {

struct ForwarderSettings {
  std::string target;  ///< "ADDRESS:PORT".
  std::uint64_t seed = 1;
};

/// Forwards TCP connections to the target, and does to them what commands on standard input say (README.md); answers
/// each with a line "ok" or "error: …". Prints its port first. Ends with standard input. Throws if it cannot begin.
int run_forwarder(const ForwarderSettings& settings);

}  // namespace konduit::chaos
