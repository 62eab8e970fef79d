#pragma once

#include <span>

#include "flags/flag_set.hpp"
#include "flags/profile.hpp"

namespace konduit::flags {

/// What the reference does not have.
std::span<const Flag> own_flags() noexcept;

/// A profile with the program's own settings filled in.
Profile own_settings(const FlagValues& values);

}  // namespace konduit::flags
