#include "auth/review_rules.hpp"

#include <algorithm>
#include <memory>

namespace konduit::auth {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool share_one(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  return std::ranges::any_of(some, [&](const auto& name) { return std::ranges::count(others, name) != 0; });
}

std::shared_ptr<const Claims> claims_of(const kube::TokenReview& review) {
  auto claims = std::make_shared<Claims>();
  if (!review.uid.empty()) claims->emplace("uid", review.uid);
  for (const auto& group : review.groups) claims->emplace("group", group);
  for (const auto& [key, value] : review.extra) claims->emplace(key.substr(key.rfind('/') + 1), value);
  return claims;
}

}  // namespace

Verdict judge(const kube::TokenReview& review, const ReviewRules& rules) {
  if (!review.authenticated || !review.error.empty()) {
    return Refusal{Refusal::Reason::unauthenticated,
                   "the API server refuses the token: " + (review.error.empty() ? "unknown" : review.error)};
  }
  // Without audiences in its answer the API server has looked at its own alone.
  if (!share_one(review.audiences, rules.audiences)) {
    return Refusal{Refusal::Reason::unauthenticated, "the token is not for the audience " + listed(rules.audiences)};
  }
  if (review.username != rules.username) {
    return Refusal{Refusal::Reason::forbidden, "the token is of " + review.username + ", not of " + rules.username};
  }
  return Identity(review.username, claims_of(review));
}

}  // namespace konduit::auth
