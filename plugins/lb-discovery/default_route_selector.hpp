#pragma once

#include <memory>
#include <span>

#include "konduit/selector.hpp"
#include "lb-discovery/random.hpp"

namespace konduit::lb {

/// Picks one of the agents that offer themselves for whatever no other is named for, at random: their identifier
/// `default-route` is true.
class DefaultRouteSelector final : public Selector {
 public:
  DefaultRouteSelector(const config::Node& node, Host& host);
  std::unique_ptr<SelectorPart> attach(Attachment& attachment) override;
};

class DefaultRouteSelectorPart final : public SelectorPart {
 public:
  explicit DefaultRouteSelectorPart(std::uint64_t seed) noexcept : random_(seed) {}
  /// An AnyIndex of those agents.
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override;

 private:
  Random random_;
};

}  // namespace konduit::lb
