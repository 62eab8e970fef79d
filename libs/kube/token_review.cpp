#include "kube/token_review.hpp"

#include <utility>

#include "kube/json.hpp"

namespace konduit::kube {
namespace {

std::multimap<std::string, std::string> extra_in(const json::object& user) {
  std::multimap<std::string, std::string> extra;
  const json::object& given = object_in(user, "extra");
  for (const auto& [key, value] : given) {
    for (std::string& text : texts_in(given, key)) extra.emplace(key, std::move(text));
  }
  return extra;
}

std::string question(const std::string& token, const std::vector<std::string>& audiences) {
  json::array wanted;
  for (const std::string& audience : audiences) wanted.emplace_back(audience);
  json::object spec{{"token", token}};
  if (!wanted.empty()) spec["audiences"] = std::move(wanted);
  return json::serialize(
      json::object{{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenReview"}, {"spec", std::move(spec)}});
}

}  // namespace

std::optional<TokenReview> parse_token_review(std::string_view text) {
  const auto object = parse_object(text);
  if (!object || text_in(*object, "kind") != "TokenReview") return std::nullopt;
  const json::object& status = object_in(*object, "status");
  const json::object& user = object_in(status, "user");
  const json::value* authenticated = status.if_contains("authenticated");
  TokenReview review;
  review.authenticated = authenticated && authenticated->is_bool() && authenticated->get_bool();
  review.error = text_in(status, "error");
  review.username = text_in(user, "username");
  review.uid = text_in(user, "uid");
  review.groups = texts_in(user, "groups");
  review.audiences = texts_in(status, "audiences");
  review.extra = extra_in(user);
  return review;
}

awaitable<Answer<TokenReview>> review_token(Client& client, std::string token, std::vector<std::string> audiences,
                                            TimePoint deadline) {
  const Call call{.verb = "create",
                  .resource = "tokenreviews",
                  .method = "POST",
                  .target = "/apis/authentication.k8s.io/v1/tokenreviews",
                  .body = question(token, audiences)};
  const auto answer = co_await client.call(call, deadline);
  if (!answer) co_return answer.error();
  auto review = parse_token_review(*answer);
  if (!review) {
    co_return Error{.kind = Error::Kind::malformed, .text = "POST " + call.target + ": the answer is no TokenReview"};
  }
  co_return std::move(*review);
}

}  // namespace konduit::kube
