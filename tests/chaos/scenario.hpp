#pragma once

#include <span>
#include <string>

#include "chaos/trial.hpp"

namespace konduit::chaos {

/// One fault with a name.
struct Scenario {
  const char* name;
  const char* summary;  ///< What is done, and what must hold.
  bool short_form;      ///< Played by --short too.
  void (*play)(Trial&);
  /// Why it cannot be played here; empty if it can.
  std::string (*missing)(const RunSettings&) = [](const RunSettings&) { return std::string(); };
};

/// In the order in which they are played.
std::span<const Scenario> scenarios();

/// One scenario, whatever it throws; but for Interrupted.
Result play(const Scenario& scenario, const RunSettings& settings);

}  // namespace konduit::chaos
