#pragma once

#include <cstdint>
#include <span>

#include "flags/flag_set.hpp"

namespace konduit::flags {

/// The reference's proxy-server's own flags, with its defaults, and those that the profile adds.
std::span<const Flag> server_flags() noexcept;

/// How agents prove who they are.
enum class AgentProof : std::uint8_t { certificate, token, none };
AgentProof agent_proof(const FlagValues& values);

/// Reports every combination of values that cannot be.
void check_server_flags(const FlagValues& values, config::Problems& problems);

}  // namespace konduit::flags
