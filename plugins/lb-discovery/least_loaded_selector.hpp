#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "konduit/selector.hpp"
#include "lb-discovery/agent_groups.hpp"
#include "lb-discovery/random.hpp"

namespace konduit::lb {

/// Picks the agent with the fewest tunnels, dials under way included.
class LeastLoadedSelector final : public Selector {
 public:
  LeastLoadedSelector(const config::Node& node, Host& host);
  std::unique_ptr<SelectorPart> attach(Attachment& attachment) override;
};

class LeastLoadedSelectorPart final : public SelectorPart {
 public:
  explicit LeastLoadedSelectorPart(std::uint64_t seed) noexcept : random_(seed) {}
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override;

 private:
  Random random_;
};

/// Reads the loads of the moment. Of up to kAll agents all are looked at, of more a random choice of kAll: the best of
/// so many is hardly ever far from the best of all, and servers that know nothing of each other do not all pick the
/// same one.
class LeastLoadedIndex final : public AgentIndex {
 public:
  static constexpr std::size_t kAll = 32;

  /// `agents` in order of connecting.
  LeastLoadedIndex(std::span<const AgentPtr> agents, Random random) : groups_(agents), random_(random) {}

  AgentPtr pick(const DialRequest& request, std::span<const AgentPtr> excluded) const override;
  bool has_agents() const noexcept override { return !groups_.empty(); }
  /// Agents, not connections.
  std::size_t size() const noexcept override { return groups_.size(); }

 private:
  struct Search {
    const AgentPtr* best = nullptr;
    const AgentPtr* draining = nullptr;  // would do if there is no better
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  };

  void look(Search& search, std::size_t place, std::span<const AgentPtr> excluded) const noexcept;
  /// Tunnels over all connections of an agent.
  std::uint64_t load(std::size_t place) const noexcept;

  const AgentGroups groups_;
  mutable Random random_;  // an index is used by one shard
};

}  // namespace konduit::lb
