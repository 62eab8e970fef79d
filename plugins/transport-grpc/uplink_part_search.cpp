#include <boost/asio/error.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "transport-grpc/uplink_part.hpp"

// When the part connects, and where to.
namespace konduit::transport_grpc {
namespace {

/// Servers that are looked for without a pause: that there are more is their own word alone.
constexpr std::size_t kAtOnce = 16;

}  // namespace

awaitable<void> UplinkPart::sync(UplinkPart* part) {
  while (!part->leaving_) {
    if (part->shard_.now() >= part->next()) {
      part->plan_next(co_await part->attempt());
      continue;
    }
    part->wake_.clear();
    const error_code woken = co_await part->wake_.wait(part->next());
    if (woken == asio::error::operation_aborted) co_return;
  }
}

void UplinkPart::plan_next(Outcome outcome) {
  const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
  const TimePoint now = shard_.now();
  plan_look(outcome, chance);
  if (outcome == Outcome::failed) {
    failures_.add();
    next_attempt_ = now + pace_.after_failure(chance);
    return;
  }
  if (outcome == Outcome::duplicate) {
    next_attempt_ = now + pace_.after_duplicate(chance);
    return;
  }
  const Duration pause = pace_.after_success(chance);
  // The others are there as well: find them at once, unless servers come and go at this moment.
  const bool calm = last_loss_ == TimePoint::min() || now - last_loss_ > pace_.interval();
  next_attempt_ = calm && servers() < kAtOnce ? now : now + pause;
}

void UplinkPart::plan_look(Outcome outcome, double chance) {
  if (look_ == Duration::zero()) return;
  // Agents that were started together do not come together. Where one server more has come, another may have.
  const Duration spread(static_cast<Duration::rep>(static_cast<double>(look_.count()) * 0.5 * chance));
  const bool more = outcome == Outcome::fresh && servers() > wanted();
  next_look_ = shard_.now() + (more ? pace_.interval() : look_ + spread);
}

void UplinkPart::on_discovery_changed() {
  if (std::exchange(wanted_before_, wanted()) != wanted()) search_anew();
  update_gauges();
  wake_.set();
}

void UplinkPart::search_anew() {
  pace_.restart();
  next_attempt_ = std::min(next_attempt_, shard_.now() + pace_.interval());
}

void UplinkPart::met_again(const UplinkSession& session) {
  log_.debug("the connection led to a server that is connected already", {{"server_id", session.server_id()}});
  if (!lacking() || !futile_.met_again(servers(), shard_.now())) return;
  log_.warning(
      "connections lead to servers that are connected already, though there should be more: several servers may have "
      "one id, or the load balancer sends this agent always to the same",
      {{"server_id", session.server_id()},
       {"servers", servers()},
       {"wanted", wanted()},
       {"connections", futile_.met()}});
}

std::string UplinkPart::next_url() {
  std::vector<std::string> urls = servers_.servers();
  if (urls.empty()) return {};
  std::set<std::string> held;
  for (const auto& [number, session] : sessions_) {
    if (session->serving()) held.insert(session->url());
  }
  for (std::size_t tried = 0; tried < urls.size(); ++tried) {
    std::string& url = urls[next_url_++ % urls.size()];
    if (!held.contains(url)) return std::move(url);
  }
  return std::move(urls[next_url_++ % urls.size()]);
}

}  // namespace konduit::transport_grpc
