#include "lb-discovery/default_route_selector.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "lb-discovery/any_selector.hpp"

namespace konduit::lb {
namespace {

/// What Go's strconv.ParseBool takes for true, since stock agents may write any of them.
bool is_true(std::string_view text) {
  constexpr std::string_view kYes[] = {"1", "t", "T", "TRUE", "true", "True"};
  return std::ranges::find(kYes, text) != std::end(kYes);
}

bool offers_default_route(const AgentPtr& agent) {
  const auto [first, last] = agent->identifiers.equal_range("default-route");
  return std::any_of(first, last, [](const auto& identifier) { return is_true(identifier.second); });
}

}  // namespace

DefaultRouteSelector::DefaultRouteSelector(const config::Node&, Host&) {}

std::unique_ptr<SelectorPart> DefaultRouteSelector::attach(Attachment&) {
  return std::make_unique<DefaultRouteSelectorPart>(random_seed());
}

std::unique_ptr<const AgentIndex> DefaultRouteSelectorPart::build(std::span<const AgentPtr> agents) {
  std::vector<AgentPtr> offering;
  std::ranges::copy_if(agents, std::back_inserter(offering), offers_default_route);
  return std::make_unique<AnyIndex>(offering, Random(random_.next()));
}

}  // namespace konduit::lb
