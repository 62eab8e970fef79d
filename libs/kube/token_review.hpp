#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kube/client.hpp"

namespace konduit::kube {

/// The `status` of a TokenReview of authentication.k8s.io/v1.
struct TokenReview {
  bool authenticated = false;
  std::string error = {};  ///< Why not.
  std::string username = {};
  std::string uid = {};
  std::vector<std::string> groups = {};
  std::vector<std::string> audiences = {};             ///< Of those asked for, the ones that the token is for.
  std::multimap<std::string, std::string> extra = {};  ///< "authentication.kubernetes.io/node-name" → "worker-3".
};

/// Asks whose token it is, and whether it is meant for one of `audiences`.
awaitable<Answer<TokenReview>> review_token(Client& client, std::string token, std::vector<std::string> audiences,
                                            TimePoint deadline);

/// From the JSON of an answer; empty if it is no TokenReview.
std::optional<TokenReview> parse_token_review(std::string_view json);

}  // namespace konduit::kube
