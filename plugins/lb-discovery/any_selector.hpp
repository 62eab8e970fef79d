#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "konduit/selector.hpp"
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

/// The connections of a snapshot, grouped by agent. Of an agent's connections the oldest serves that does not drain.
class AnyIndex final : public AgentIndex {
 public:
  /// `agents` in order of connecting.
  AnyIndex(std::span<const AgentPtr> agents, Random random);

  AgentPtr pick(const DialRequest& request, std::span<const AgentPtr> excluded) const override;
  bool has_agents() const noexcept override { return !connections_.empty(); }
  /// Agents, not connections.
  std::size_t size() const noexcept override { return starts_.size(); }

 private:
  /// The best connection of the agent at `place`; `draining` gets one that would do if there is no better.
  const AgentPtr* serving(std::size_t place, std::span<const AgentPtr> excluded,
                          const AgentPtr*& draining) const noexcept;

  std::vector<AgentPtr> connections_;  // those of one agent side by side, oldest first
  std::vector<std::size_t> starts_;    // where in connections_ each agent begins
  mutable Random random_;              // an index is used by one shard
};

}  // namespace konduit::lb
