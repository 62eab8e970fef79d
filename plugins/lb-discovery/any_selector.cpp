#include "lb-discovery/any_selector.hpp"

namespace konduit::lb {

namespace {

/// Random tries before all agents are looked at: enough unless most of them drain or are excluded.
constexpr int kTries = 4;

}  // namespace

AnySelector::AnySelector(const config::Node&, Host&) {}

std::unique_ptr<SelectorPart> AnySelector::attach(Attachment&) {
  return std::make_unique<AnySelectorPart>(random_seed());
}

std::unique_ptr<const AgentIndex> AnySelectorPart::build(std::span<const AgentPtr> agents) {
  return std::make_unique<AnyIndex>(agents, Random(random_.next()));
}

AgentPtr AnyIndex::pick(const DialRequest&, std::span<const AgentPtr> excluded) const {
  if (groups_.empty()) return nullptr;
  const AgentPtr* draining = nullptr;
  for (int i = 0; i < kTries; ++i) {
    if (const auto* found = groups_.serving(random_.below(groups_.size()), excluded, draining)) return *found;
  }
  const auto first = random_.below(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (const auto* found = groups_.serving((first + i) % groups_.size(), excluded, draining)) return *found;
  }
  return draining ? *draining : nullptr;
}

}  // namespace konduit::lb
