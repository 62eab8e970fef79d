#include "routing/route_rule.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace konduit::routing {

RouteRule::RouteRule(const config::Node& node, Host& host) : frontends_(node["frontends"].texts()) {
  for (const config::Node& item : node["targets"].items()) {
    std::string error;
    if (auto rule = targets::TargetRule::parse(item.text(), error)) {
      targets_.push_back(std::move(*rule));
    } else {
      host.report(item, "\"" + item.text() + "\" names no target: " + error);
    }
  }
  if (node["targets"].items().empty() && frontends_.empty()) {
    host.report(node, "names neither targets nor frontends, so no later rule would be asked; use default");
  }
}

bool RouteRule::matches(const DialRequest& request) const {
  const bool frontend = frontends_.empty() || std::ranges::find(frontends_, request.frontend) != frontends_.end();
  return frontend && matches_target(request.target);
}

bool RouteRule::matches_target(const Target& target) const {
  if (targets_.empty()) return true;
  error_code name;
  const auto address = asio::ip::make_address(target.host, name);
  if (name) {
    const std::string host = targets::normalised_name(target.host);
    return std::ranges::any_of(targets_, [&](const auto& rule) { return rule.matches_name(host, target.port); });
  }
  const auto normal = targets::normalised(address);
  return std::ranges::any_of(targets_, [&](const auto& rule) { return rule.matches_address(normal, target.port); });
}

}  // namespace konduit::routing
