#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "konduit/selector.hpp"

namespace konduit::lb {

/// A connection of an agent with identifiers.
inline std::shared_ptr<const Agent> agent_with(std::string id,
                                               std::vector<std::pair<std::string, std::string>> identifiers = {}) {
  auto result = std::make_shared<Agent>();
  result->id = std::move(id);
  for (auto& [key, value] : identifiers) result->identifiers.emplace(std::move(key), std::move(value));
  return result;
}

inline DialRequest dial_to(std::string host) {
  DialRequest request;
  request.target = {std::move(host), 10250};
  return request;
}

}  // namespace konduit::lb
