#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "konduit/log.hpp"
#include "konduit/selector.hpp"
#include "lb-discovery/network.hpp"
#include "lb-discovery/random.hpp"

namespace konduit::lb {

/// Picks an agent whose networks (its identifiers `cidr`) hold the address that is dialled; of several the one with the
/// longest prefix. A dial to a name is none of its business: names are resolved where the agent is.
class CidrSelector final : public Selector {
 public:
  CidrSelector(const config::Node& node, Host& host);
  std::unique_ptr<SelectorPart> attach(Attachment& attachment) override;
};

class CidrSelectorPart final : public SelectorPart {
 public:
  explicit CidrSelectorPart(std::uint64_t seed) noexcept : random_(seed) {}
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override;

 private:
  Random random_;
};

/// Connections by the networks that their agents serve. A text that is no network is passed over.
class CidrIndex final : public AgentIndex {
 public:
  CidrIndex(std::span<const AgentPtr> agents, Random random);

  AgentPtr pick(const DialRequest& request, std::span<const AgentPtr> excluded) const override;
  bool has_agents() const noexcept override { return !connections_.empty(); }
  /// Agents that serve at least one network.
  std::size_t size() const noexcept override { return size_; }

 private:
  std::span<const AgentPtr> serving(const Network& network) const;

  std::vector<Network> networks_;      // sorted
  std::vector<AgentPtr> connections_;  // to each network one; of equal networks in order of connecting
  std::vector<Network> lengths_;       // one network of each family and length, the longest first
  std::size_t size_ = 0;
  mutable Random random_;  // an index is used by one shard
};

}  // namespace konduit::lb
