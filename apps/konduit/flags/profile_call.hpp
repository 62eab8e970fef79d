#pragma once

#include <span>
#include <string>
#include <string_view>

namespace konduit::flags {

/// Which profile a command line asks for, and what is left for its flags.
struct ProfileCall {
  std::string_view profile;  ///< "server" or "agent"; empty: neither.
  std::span<const std::string> arguments;
};

/// `words` begins with the program's name: proxy-server and proxy-agent are profiles by themselves, other programs by
/// their first argument. REQUIRES: words is not empty, and outlives the answer.
ProfileCall profile_call(std::span<const std::string> words);

}  // namespace konduit::flags
