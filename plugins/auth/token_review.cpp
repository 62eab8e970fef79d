#include "auth/token_review.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace konduit::auth {
namespace {

/// Longer than any token that Kubernetes makes, and short enough to be held for many who wait.
constexpr std::size_t kLongestToken = 8 * 1024;
/// By how much a part waits longer than the desk: only a desk that has gone answers nothing.
constexpr Duration kGrace = std::chrono::seconds(2);

double rate_of(const config::Node& node, Host& host) {
  const std::string& text = node.text();
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc{} || end != text.data() + text.size() || !(rate > 0) || rate > 1e6) {
    host.report(node, "must be a number above 0, such as 50 or 0.5");
    return 1;
  }
  return rate;
}

ReviewRules rules_of(const config::Node& node, Host& host) {
  ReviewRules rules{
      .audiences = node["audiences"].texts(),
      .username = "system:serviceaccount:" + node["namespace"].text() + ":" + node["service_account"].text()};
  if (node["audience"]) rules.audiences.push_back(node["audience"].text());
  if (rules.audiences.empty()) {
    host.report(node["audience"], "is required: without an audience every token of the cluster would count");
  }
  return rules;
}

DeskSettings settings_of(const config::Node& node, Host& host) {
  DeskSettings settings{.rules = rules_of(node, host),
                        .client = {},
                        .timeout = node["timeout"].duration(),
                        .let_in_for = node["cache"].duration(),
                        .refused_for = node["cache_refused"].duration(),
                        .cached = static_cast<std::size_t>(node["cache_size"].integer())};
  if (node["kubeconfig"]) settings.client.place.kubeconfig = node["kubeconfig"].text();
  settings.client.via = node["via"];
  settings.client.calls_per_second = rate_of(node["qps"], host);
  settings.client.burst = static_cast<double>(node["burst"].integer());
  return settings;
}

}  // namespace

TokenReview::TokenReview(const config::Node& node, Host& host) : host_(host), settings_(settings_of(node, host)) {}

awaitable<void> TokenReview::prepare() {
  desk_ = std::make_shared<ReviewDesk>(host_, settings_);
  co_return;
}

std::unique_ptr<AuthenticatorPart> TokenReview::attach(Attachment& attachment) {
  return std::make_unique<TokenReviewPart>(attachment.shard(), *host_.shards().front(), desk_,
                                           settings_.timeout + kGrace);
}

TokenReviewPart::TokenReviewPart(Shard& shard, Shard& control, std::shared_ptr<ReviewDesk> desk, Duration patience)
    : shard_(shard), control_(control), desk_(std::move(desk)), patience_(patience), mailbox_(shard) {}

awaitable<boost::system::result<Identity, Refusal>> TokenReviewPart::authenticate(const Credentials& credentials) {
  if (credentials.token.empty()) {
    co_return Refusal{Refusal::Reason::unauthenticated, "a bearer token is required"};
  }
  if (credentials.token.size() > kLongestToken) {
    co_return Refusal{Refusal::Reason::unauthenticated, "the bearer token is too long"};
  }
  const std::string line = credentials.peer == nullptr ? std::string() : line_of(*credentials.peer);
  auto ask = [this, token = std::string(credentials.token), line](Mailbox::Address asker) mutable {
    control_.post([desk = std::weak_ptr(desk_), token = std::move(token), line, asker]() mutable {
      if (const auto open = desk.lock()) open->ask(std::move(token), line, asker);
    });
  };
  co_return co_await mailbox_.verdict(std::move(ask), shard_.now() + patience_);
}

awaitable<void> TokenReviewPart::stop() {
  // The desk works on the control shard, so the part there ends it.
  if (&shard_ == &control_) co_await desk_->stop();
}

}  // namespace konduit::auth
