#include "lb-discovery/least_loaded_selector.hpp"

namespace konduit::lb {

LeastLoadedSelector::LeastLoadedSelector(const config::Node&, Host&) {}

std::unique_ptr<SelectorPart> LeastLoadedSelector::attach(Attachment&) {
  return std::make_unique<LeastLoadedSelectorPart>(random_seed());
}

std::unique_ptr<const AgentIndex> LeastLoadedSelectorPart::build(std::span<const AgentPtr> agents) {
  return std::make_unique<LeastLoadedIndex>(agents, Random(random_.next()));
}

AgentPtr LeastLoadedIndex::pick(const DialRequest&, std::span<const AgentPtr> excluded) const {
  const std::size_t count = groups_.size();
  if (count == 0) return nullptr;
  Search search;
  if (count > kAll) {
    for (std::size_t i = 0; i < kAll; ++i) look(search, random_.below(count), excluded);
  }
  // In a row from a random one on, so that equals are picked in turn. Of many agents only where those that were looked
  // at drain or are excluded, and then the next one will do.
  const std::size_t first = random_.below(count);
  for (std::size_t i = 0; i < count && (count <= kAll || search.best == nullptr); ++i) {
    look(search, (first + i) % count, excluded);
  }
  if (search.best != nullptr) return *search.best;
  return search.draining != nullptr ? *search.draining : nullptr;
}

void LeastLoadedIndex::look(Search& search, std::size_t place, std::span<const AgentPtr> excluded) const noexcept {
  const AgentPtr* const connection = groups_.serving(place, excluded, search.draining);
  if (connection == nullptr) return;
  const std::uint64_t tunnels = load(place);
  if (tunnels >= search.least) return;
  search.least = tunnels;
  search.best = connection;
}

std::uint64_t LeastLoadedIndex::load(std::size_t place) const noexcept {
  std::uint64_t tunnels = 0;
  for (const AgentPtr& connection : groups_.connections(place)) {
    tunnels += connection->tunnels.load(std::memory_order_relaxed);
  }
  return tunnels;
}

}  // namespace konduit::lb
