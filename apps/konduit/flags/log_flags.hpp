#pragma once

#include <span>
#include <string_view>

#include "flags/flag_set.hpp"

namespace konduit::flags {

/// The logging flags of the reference, which are klog's.
std::span<const Flag> log_flags() noexcept;

/// "telemetry.log" from them. `program` names the file in --log-dir.
config::Node log_section(const FlagValues& values, std::string_view program, config::Problems& problems);

}  // namespace konduit::flags
