#pragma once

#include <string>
#include <string_view>

#include "flags/flag_set.hpp"

namespace konduit::flags {

/// The uplink's `identifiers` from a URL query string: "ipv4=10.0.0.1&host=a&host=b&default-route=true". Unknown keys
/// and bad escapes are reported.
config::Node identifiers(const FlagValues& values, std::string_view flag, config::Problems& problems);

}  // namespace konduit::flags
