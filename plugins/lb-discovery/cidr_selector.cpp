#include "lb-discovery/cidr_selector.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "lb-discovery/pick_among.hpp"

namespace konduit::lb {

CidrSelector::CidrSelector(const config::Node&, Host&) {}

std::unique_ptr<SelectorPart> CidrSelector::attach(Attachment&) {
  return std::make_unique<CidrSelectorPart>(random_seed());
}

std::unique_ptr<const AgentIndex> CidrSelectorPart::build(std::span<const AgentPtr> agents) {
  return std::make_unique<CidrIndex>(agents, Random(random_.next()));
}

CidrIndex::CidrIndex(std::span<const AgentPtr> agents, Random random) : random_(random) {
  std::vector<std::pair<Network, const AgentPtr*>> served;
  std::unordered_set<std::string_view> ids;
  for (const AgentPtr& agent : agents) {
    const auto [first, last] = agent->identifiers.equal_range("cidr");
    for (auto at = first; at != last; ++at) {
      const auto network = parse_network(at->second);
      if (!network) continue;
      served.emplace_back(*network, &agent);
      ids.insert(agent->id);
    }
  }
  std::ranges::stable_sort(served, {}, &std::pair<Network, const AgentPtr*>::first);
  for (const auto& [network, agent] : served) {
    const bool another =
        networks_.empty() || networks_.back().v6 != network.v6 || networks_.back().length != network.length;
    if (another) lengths_.push_back(network);
    networks_.push_back(network);
    connections_.push_back(*agent);
  }
  std::ranges::reverse(lengths_);
  size_ = ids.size();
}

std::span<const AgentPtr> CidrIndex::serving(const Network& network) const {
  const auto [first, last] = std::ranges::equal_range(networks_, network);
  return std::span(connections_)
      .subspan(static_cast<std::size_t>(first - networks_.begin()), static_cast<std::size_t>(last - first));
}

AgentPtr CidrIndex::pick(const DialRequest& request, std::span<const AgentPtr> excluded) const {
  error_code no_address;
  const auto address = asio::ip::make_address(request.target.host, no_address);
  if (no_address) return nullptr;
  const AgentPtr* draining = nullptr;
  for (const Network& like : lengths_) {
    if (like.v6 != address.is_v6()) continue;
    const auto candidates = serving(network_of(address, like.length));
    if (const AgentPtr* found = pick_among(candidates, excluded, random_, draining)) return *found;
  }
  return draining != nullptr ? *draining : nullptr;
}

}  // namespace konduit::lb
