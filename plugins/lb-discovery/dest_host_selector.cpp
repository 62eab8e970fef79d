#include "lb-discovery/dest_host_selector.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "lb-discovery/pick_among.hpp"

namespace konduit::lb {

DestHostSelector::DestHostSelector(const config::Node&, Host&) {}

std::unique_ptr<SelectorPart> DestHostSelector::attach(Attachment&) {
  return std::make_unique<DestHostSelectorPart>(random_seed());
}

std::unique_ptr<const AgentIndex> DestHostSelectorPart::build(std::span<const AgentPtr> agents) {
  return std::make_unique<DestHostIndex>(agents, Random(random_.next()));
}

DestHostIndex::DestHostIndex(std::span<const AgentPtr> agents, Random random) : random_(random) {
  std::vector<std::pair<std::string_view, const AgentPtr*>> named;
  std::unordered_set<std::string_view> ids;
  for (const AgentPtr& agent : agents) {
    const std::size_t before = named.size();
    for (const auto& [key, value] : agent->identifiers) {
      if ((key == "ipv4" || key == "ipv6" || key == "host") && !value.empty()) named.emplace_back(value, &agent);
    }
    if (named.size() != before) ids.insert(agent->id);
  }
  std::ranges::stable_sort(named, {}, &std::pair<std::string_view, const AgentPtr*>::first);
  for (const auto& [host, agent] : named) {
    hosts_.push_back(host);
    connections_.push_back(*agent);
  }
  size_ = ids.size();
}

AgentPtr DestHostIndex::pick(const DialRequest& request, std::span<const AgentPtr> excluded) const {
  const auto [first, last] = std::ranges::equal_range(hosts_, std::string_view(request.target.host));
  const auto count = static_cast<std::size_t>(last - first);
  const auto start = static_cast<std::size_t>(first - hosts_.begin());
  const AgentPtr* draining = nullptr;
  const AgentPtr* found = pick_among(std::span(connections_).subspan(start, count), excluded, random_, draining);
  if (found == nullptr) found = draining;
  return found != nullptr ? *found : nullptr;
}

}  // namespace konduit::lb
