#pragma once

#include <string>
#include <vector>

#include "konduit/component.hpp"
#include "konduit/dial.hpp"
#include "targets/target_rule.hpp"

namespace konduit::routing {

/// One line of a route: which dials it is for. What it names must all hold; of a list, one item.
class RouteRule {
 public:
  /// Reads `targets` and `frontends`, and reports what is wrong with them.
  RouteRule(const config::Node& node, Host& host);

  bool matches(const DialRequest& request) const;

 private:
  bool matches_target(const Target& target) const;

  std::vector<targets::TargetRule> targets_;  // empty: every target
  std::vector<std::string> frontends_;        // empty: every frontend
};

}  // namespace konduit::routing
