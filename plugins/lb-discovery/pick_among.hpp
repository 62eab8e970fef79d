#pragma once

#include <span>

#include "konduit/selector.hpp"
#include "lb-discovery/random.hpp"

namespace konduit::lb {

/// Picks one of `connections` (in order of connecting, without those in `excluded`): a random one that does not drain
/// names the agent, and of that agent's the oldest serves. Null where all of them drain or are excluded; then
/// `draining` gets one that would do, unless it has one already.
const AgentPtr* pick_among(std::span<const AgentPtr> connections, std::span<const AgentPtr> excluded, Random& random,
                           const AgentPtr*& draining) noexcept;

}  // namespace konduit::lb
