#pragma once

#include <string>
#include <vector>

#include "auth/verdict_cache.hpp"
#include "kube/token_review.hpp"

namespace konduit::auth {

/// Whom a review lets in.
struct ReviewRules {
  std::vector<std::string> audiences;  ///< The token must be for one of them.
  std::string username;                ///< "system:serviceaccount:NAMESPACE:NAME", exactly.
};

/// Judges what the API server found. Claims: "group", "uid", and what it knows of the bearer under the last part of its
/// name ("node-name", "pod-name").
Verdict judge(const kube::TokenReview& review, const ReviewRules& rules);

}  // namespace konduit::auth
