#include "lb-discovery/pick_among.hpp"

#include <algorithm>

namespace konduit::lb {
namespace {

bool is_in(const AgentPtr& agent, std::span<const AgentPtr> agents) noexcept {
  return std::ranges::find(agents, agent) != agents.end();
}

bool serves(const AgentPtr& agent, std::span<const AgentPtr> excluded) noexcept {
  return !agent->draining.load(std::memory_order_relaxed) && !is_in(agent, excluded);
}

}  // namespace

const AgentPtr* pick_among(std::span<const AgentPtr> connections, std::span<const AgentPtr> excluded, Random& random,
                           const AgentPtr*& draining) noexcept {
  if (connections.empty()) return nullptr;
  const std::size_t first = random.below(connections.size());
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const AgentPtr& chosen = connections[(first + i) % connections.size()];
    if (is_in(chosen, excluded)) continue;
    if (!serves(chosen, excluded)) {
      if (draining == nullptr) draining = &chosen;
      continue;
    }
    return &*std::ranges::find_if(connections, [&chosen, excluded](const AgentPtr& other) {
      return other->id == chosen->id && serves(other, excluded);
    });
  }
  return nullptr;
}

}  // namespace konduit::lb
