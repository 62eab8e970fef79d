#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "konduit/selector.hpp"
#include "lb-discovery/agent_groups.hpp"
#include "lb-discovery/random.hpp"

namespace konduit::lb {

/// Picks an agent at random: every agent is as likely as every other, however many connections it has.
class AnySelector final : public Selector {
 public:
  AnySelector(const config::Node& node, Host& host);
  std::unique_ptr<SelectorPart> attach(Attachment& attachment) override;
};

class AnySelectorPart final : public SelectorPart {
 public:
  explicit AnySelectorPart(std::uint64_t seed) noexcept : random_(seed) {}
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override;

 private:
  Random random_;
};

/// Agents of a snapshot, of which each is as likely as every other.
class AnyIndex final : public AgentIndex {
 public:
  /// `agents` in order of connecting.
  AnyIndex(std::span<const AgentPtr> agents, Random random) : groups_(agents), random_(random) {}

  AgentPtr pick(const DialRequest& request, std::span<const AgentPtr> excluded) const override;
  bool has_agents() const noexcept override { return !groups_.empty(); }
  /// Agents, not connections.
  std::size_t size() const noexcept override { return groups_.size(); }

 private:
  const AgentGroups groups_;
  mutable Random random_;  // an index is used by one shard
};

}  // namespace konduit::lb
