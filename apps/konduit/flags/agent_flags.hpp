#pragma once

#include <span>

#include "flags/flag_set.hpp"

namespace konduit::flags {

/// The reference's proxy-agent's own flags, with its defaults.
std::span<const Flag> agent_flags() noexcept;

/// Reports every combination of values that cannot be.
void check_agent_flags(const FlagValues& values, config::Problems& problems);

/// The labels of the servers' leases: --lease-label-selector, or its old name --lease-label.
const char* lease_selector_flag(const FlagValues& values);

}  // namespace konduit::flags
