#pragma once

#include <cstdint>

#include "isolation.hpp"
#include "load.hpp"

namespace konduit::bench {

/// What the command line asks for.
struct Options {
  enum class Command { endpoint, load, isolation };

  Command command = Command::load;
  std::uint16_t port = 0;  ///< The endpoint's; 0: any.
  LoadSettings load;
  IsolationSettings isolation;
  bool json = false;
};

/// Prints the help or what is wrong and ends the process where that is due.
Options options_of(int argc, char** argv);

}  // namespace konduit::bench
