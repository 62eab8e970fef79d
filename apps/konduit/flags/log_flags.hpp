#pragma once

#include <span>

#include "flags/flag_set.hpp"

namespace konduit::flags {

/// The logging flags of the reference that manifests carry. Only v has an effect; output always goes to standard error.
std::span<const Flag> log_flags() noexcept;

/// "telemetry.log" from --v.
config::Node log_section(const FlagValues& values);

}  // namespace konduit::flags
