#pragma once

#include <span>
#include <string>

#include "config/problem.hpp"
#include "konduit/config.hpp"

namespace konduit::flags {

/// What a command line of the reference becomes: a document like any other, and what concerns the program itself.
struct Profile {
  config::Node document;  ///< Null where a flag was wrong.
  std::string ready_file;
  bool print_config = false;
  bool help = false;  ///< Only the help is wanted; the document is null.
};

/// The flags of the reference's proxy-server (`arguments` without the program's name). Reports everything that is
/// wrong.
Profile server_profile(std::span<const std::string> arguments, config::Problems& problems);
/// Those of its proxy-agent.
Profile agent_profile(std::span<const std::string> arguments, config::Problems& problems);

std::string server_help();
std::string agent_help();

}  // namespace konduit::flags
