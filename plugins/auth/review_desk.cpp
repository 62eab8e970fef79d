#include "auth/review_desk.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "auth/token_expiry.hpp"
#include "konduit/shard.hpp"

namespace konduit::auth {
namespace {

/// Reviews at once. The API server answers each in some milliseconds; more would only be more connections.
constexpr std::size_t kWorkers = 32;
/// Different tokens, and peers, that may wait.
constexpr std::size_t kReviews = 16 * 1024;
constexpr std::size_t kAskers = 64 * 1024;
/// Peers of one line that may wait: an address has room for the agents behind it, and cannot fill the desk by itself.
constexpr std::size_t kAskersOfLine = 2048;

constexpr std::string_view kReviewed = "konduit_token_reviews_total";
constexpr std::string_view kReviewedHelp = "Tokens that the API server was asked about, by what came of it.";
constexpr std::string_view kSpared = "konduit_token_reviews_spared_total";
constexpr std::string_view kSparedHelp = "Tokens for which nobody had to be asked: known, or asked about just then.";

Verdict unavailable(std::string text) { return Refusal{Refusal::Reason::unavailable, std::move(text)}; }

/// `text` without `secret`: what the API server says is shown to peers and logged.
std::string without(std::string text, const std::string& secret) {
  constexpr std::string_view kLeftOut = "…";
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kLeftOut.size())) {
    text.replace(at, secret.size(), kLeftOut);
  }
  return text;
}

}  // namespace

ReviewDesk::ReviewDesk(Host& host, DeskSettings settings)
    : shard_(*host.shards().front()),
      log_(host.log()),
      settings_(std::move(settings)),
      client_(shard_, host, settings_.client),
      cache_(settings_.cached),
      tasks_(shard_),
      let_in_(host.metrics().counter(kReviewed, kReviewedHelp, {{"result", "let_in"}})),
      refused_(host.metrics().counter(kReviewed, kReviewedHelp, {{"result", "refused"}})),
      unavailable_(host.metrics().counter(kReviewed, kReviewedHelp, {{"result", "unavailable"}})),
      from_cache_(host.metrics().counter(kSpared, kSparedHelp, {{"by", "cache"}})),
      joined_(host.metrics().counter(kSpared, kSparedHelp, {{"by", "review"}})) {}

void ReviewDesk::ask(std::string token, std::string line, Mailbox::Address asker) {
  const TokenDigest digest = TokenDigest::of(token);
  if (const Verdict* known = cache_.find(digest, shard_.now())) {
    from_cache_.add();
    return asker.send(*known);
  }
  if (stopped_) return asker.send(unavailable("the server is shutting down"));
  if (!has_room(digest, line)) return asker.send(unavailable("too many tokens wait for their review"));
  ++waiting_askers_;
  ++waiting_of_[line];
  const auto [at, begun] = reviews_.try_emplace(digest);
  Review& review = at->second;
  review.askers.push_back({std::move(asker), line});
  if (!begun) return joined_.add();
  review.token = std::move(token);
  review.deadline = shard_.now() + settings_.timeout;
  queue_.push(line, digest);
  if (working_ < kWorkers && tasks_.spawn(work())) ++working_;
}

bool ReviewDesk::has_room(const TokenDigest& token, const std::string& line) const {
  const auto of_line = waiting_of_.find(line);
  if (waiting_askers_ >= kAskers || (of_line != waiting_of_.end() && of_line->second >= kAskersOfLine)) return false;
  return reviews_.size() < kReviews || reviews_.contains(token);
}

awaitable<void> ReviewDesk::work() {
  while (!queue_.empty()) {
    const TokenDigest digest = queue_.pop();
    co_await review(digest);
  }
  --working_;
}

awaitable<void> ReviewDesk::review(TokenDigest digest) {
  const TimePoint deadline = reviews_.at(digest).deadline;
  std::string token = reviews_.at(digest).token;
  if (stopped_ || shard_.now() >= deadline) {
    unavailable_.add();
    const char* why = stopped_ ? "the server is shutting down" : "the API server is too slow for all tokens that wait";
    co_return settle(digest, unavailable(why));
  }
  auto answer = co_await kube::review_token(client_, token, settings_.rules.audiences, deadline);
  if (!answer) {
    kube::Error why = answer.error();
    why.text = without(std::move(why.text), token);
    note(&why);
    unavailable_.add();
    co_return settle(digest, unavailable("the token cannot be checked now: " + why.text));
  }
  note(nullptr);
  answer->error = without(std::move(answer->error), token);
  const Verdict verdict = judge(*answer, settings_.rules);
  (verdict ? let_in_ : refused_).add();
  if (const Duration life = life_of(verdict, token); life > Duration::zero()) {
    cache_.put(digest, verdict, shard_.now() + life);
  }
  settle(digest, verdict);
}

void ReviewDesk::settle(const TokenDigest& digest, const Verdict& verdict) {
  auto settled = reviews_.extract(digest);
  waiting_askers_ -= settled.mapped().askers.size();
  for (const Asker& asker : settled.mapped().askers) {
    asker.address.send(verdict);
    const auto of_line = waiting_of_.find(asker.line);
    if (--of_line->second == 0) waiting_of_.erase(of_line);
  }
}

Duration ReviewDesk::life_of(const Verdict& verdict, std::string_view token) const {
  if (!verdict) return settings_.refused_for;
  const auto end = stated_expiry(token);
  if (!end) return settings_.let_in_for;
  const auto left = std::chrono::duration_cast<Duration>(*end - std::chrono::system_clock::now());
  return std::min(settings_.let_in_for, left);
}

void ReviewDesk::note(const kube::Error* failure) {
  if (failure && failure->kind == kube::Error::Kind::cancelled) return;
  // One line for an outage: those who are refused have theirs.
  if (failure && !std::exchange(failing_, true)) {
    log_.error("the API server does not review tokens", {{"reason", failure->text}});
  }
  if (!failure && std::exchange(failing_, false)) log_.info("the API server reviews tokens again");
}

awaitable<void> ReviewDesk::stop() {
  stopped_ = true;
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace konduit::auth
