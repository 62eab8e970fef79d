#include "lb-discovery/agent_groups.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace konduit::lb {

AgentGroups::AgentGroups(std::span<const AgentPtr> agents) {
  std::unordered_map<std::string_view, std::size_t> places;
  std::vector<std::size_t> place_of(agents.size());
  for (std::size_t i = 0; i < agents.size(); ++i) {
    place_of[i] = places.try_emplace(agents[i]->id, places.size()).first->second;
  }
  std::vector<std::size_t> next(places.size() + 1);
  for (const auto place : place_of) ++next[place + 1];
  for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  starts_.assign(next.begin(), next.end() - 1);
  connections_.resize(agents.size());
  for (std::size_t i = 0; i < agents.size(); ++i) connections_[next[place_of[i]]++] = agents[i];
}

std::span<const AgentPtr> AgentGroups::connections(std::size_t place) const noexcept {
  const auto end = place + 1 < starts_.size() ? starts_[place + 1] : connections_.size();
  return std::span(connections_).subspan(starts_[place], end - starts_[place]);
}

const AgentPtr* AgentGroups::serving(std::size_t place, std::span<const AgentPtr> excluded,
                                     const AgentPtr*& draining) const noexcept {
  for (const AgentPtr& connection : connections(place)) {
    if (std::ranges::find(excluded, connection) != excluded.end()) continue;
    if (!connection->draining.load(std::memory_order_relaxed)) return &connection;
    if (!draining) draining = &connection;
  }
  return nullptr;
}

}  // namespace konduit::lb
