#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"
#include "konduit/config.hpp"
#include "konduit/dial.hpp"

namespace konduit::conformance {

/// What the suite cannot know of a component by itself: an entry of a settings file, by "kind/type".
struct Settings {
  config::Node config;                 ///< The component's configuration here; null: its example.
  Target target{"host.example", 443};  ///< What the suite dials.
  std::string address = "192.0.2.1";   ///< What the target's name leads to.
  std::string request;                 ///< frontend: what a client says to have one dial.
  std::string answer;                  ///< backend: what the far end says first, when it has been spoken to.
  std::string counterpart;             ///< "kind/type" of who speaks the other end of its protocol; or empty.
  std::vector<std::string> cannot;     ///< What its streams cannot say to their peers: names of StreamTraits.
  config::Node exceptions;             ///< Rules that are not tried, by their text: why.
  config::Mark mark;                   ///< Where the entry stands.
};

/// Reads a settings file. Reports what is wrong in `problems`.
std::map<std::string, Settings, std::less<>> read_settings(const std::filesystem::path& file,
                                                           config::Problems& problems);

}  // namespace konduit::conformance
