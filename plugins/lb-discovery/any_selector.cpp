#include "lb-discovery/any_selector.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

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

AnyIndex::AnyIndex(std::span<const AgentPtr> agents, Random random) : random_(random) {
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

AgentPtr AnyIndex::pick(const DialRequest&, std::span<const AgentPtr> excluded) const {
  if (starts_.empty()) return nullptr;
  const AgentPtr* draining = nullptr;
  for (int i = 0; i < kTries; ++i) {
    if (const auto* found = serving(random_.below(starts_.size()), excluded, draining)) return *found;
  }
  const auto first = random_.below(starts_.size());
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    if (const auto* found = serving((first + i) % starts_.size(), excluded, draining)) return *found;
  }
  return draining ? *draining : nullptr;
}

const AgentPtr* AnyIndex::serving(std::size_t place, std::span<const AgentPtr> excluded,
                                  const AgentPtr*& draining) const noexcept {
  const auto end = place + 1 < starts_.size() ? starts_[place + 1] : connections_.size();
  for (auto i = starts_[place]; i < end; ++i) {
    const auto& connection = connections_[i];
    if (std::ranges::find(excluded, connection) != excluded.end()) continue;
    if (!connection->draining.load(std::memory_order_relaxed)) return &connection;
    if (!draining) draining = &connection;
  }
  return nullptr;
}

}  // namespace konduit::lb
