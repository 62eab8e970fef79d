#pragma once

#include <span>
#include <string>

#include "flags/flag_set.hpp"
#include "flags/profile.hpp"

namespace konduit::flags {

/// Makes the document of a profile from its flags; reports what is wrong.
using DocumentMaker = config::Node (*)(const FlagValues& values, config::Problems& problems);

/// Reads `arguments` as a profile's own `flags` with those that every profile has, and makes its document.
Profile make_profile(std::span<const Flag> flags, std::span<const std::string> arguments, DocumentMaker make,
                     config::Problems& problems);

/// `title` and the flags of a profile with those that every profile has.
std::string profile_help(std::string title, std::span<const Flag> flags);

}  // namespace konduit::flags
