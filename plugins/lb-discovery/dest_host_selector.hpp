#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "konduit/selector.hpp"
#include "lb-discovery/random.hpp"

namespace konduit::lb {

/// Picks an agent that says of itself that it is the dial's host: its identifiers `ipv4`, `ipv6` or `host` hold the
/// very text of it.
class DestHostSelector final : public Selector {
 public:
  DestHostSelector(const config::Node& node, Host& host);
  std::unique_ptr<SelectorPart> attach(Attachment& attachment) override;
};

class DestHostSelectorPart final : public SelectorPart {
 public:
  explicit DestHostSelectorPart(std::uint64_t seed) noexcept : random_(seed) {}
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override;

 private:
  Random random_;
};

/// Connections by the hosts that their agents are.
class DestHostIndex final : public AgentIndex {
 public:
  DestHostIndex(std::span<const AgentPtr> agents, Random random);

  AgentPtr pick(const DialRequest& request, std::span<const AgentPtr> excluded) const override;
  bool has_agents() const noexcept override { return !connections_.empty(); }
  /// Agents that name at least one host.
  std::size_t size() const noexcept override { return size_; }

 private:
  std::vector<std::string_view> hosts_;  // sorted; text of the connections' agents
  std::vector<AgentPtr> connections_;    // to each host one; of equal hosts in order of connecting
  std::size_t size_ = 0;
  mutable Random random_;  // an index is used by one shard
};

}  // namespace konduit::lb
