#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "konduit/selector.hpp"

namespace konduit::lb {

/// The connections of a snapshot, grouped by agent. Of an agent's connections the oldest serves that does not drain.
/// Immutable.
class AgentGroups {
 public:
  /// `agents` in order of connecting.
  explicit AgentGroups(std::span<const AgentPtr> agents);

  /// Agents, not connections.
  std::size_t size() const noexcept { return starts_.size(); }
  bool empty() const noexcept { return starts_.empty(); }
  /// Those of the agent at `place`, oldest first. REQUIRES: place < size().
  std::span<const AgentPtr> connections(std::size_t place) const noexcept;
  /// The best connection of the agent at `place`, not in `excluded`; null if none of them serves, and then `draining`
  /// gets one that would do, unless it has one already.
  const AgentPtr* serving(std::size_t place, std::span<const AgentPtr> excluded,
                          const AgentPtr*& draining) const noexcept;

 private:
  std::vector<AgentPtr> connections_;  // those of one agent side by side
  std::vector<std::size_t> starts_;    // where in connections_ each agent begins
};

}  // namespace konduit::lb
