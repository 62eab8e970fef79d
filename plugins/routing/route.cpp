#include "routing/route.hpp"

#include <algorithm>
#include <utility>

namespace konduit::routing {

namespace {

constexpr const char* kDials = "konduit_route_dials_total";
constexpr const char* kDialsHelp = "Dials that were handed to a backend, by the backend and what came of it.";

/// An equal share of the time that is left, for this attempt and each of those that may follow.
TimePoint share_of(TimePoint deadline, TimePoint now, std::size_t attempts) {
  if (deadline == TimePoint::max()) return deadline;
  return now + std::max(deadline - now, Duration::zero()) / static_cast<Duration::rep>(attempts);
}

RoutePart::Candidates candidates_from(const config::Node& list, Attachment& attachment, Host& host) {
  RoutePart::Candidates candidates;
  for (const config::Node& item : list.items()) {
    candidates.emplace_back(item.text(), attachment.part<BackendPart>(item), host.metrics());
  }
  return candidates;
}

void report_repetitions(const config::Node& list, Host& host) {
  const auto items = list.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto earlier = items.first(i);
    const bool again = std::ranges::any_of(earlier, [&](const auto& one) { return one.text() == items[i].text(); });
    if (again) host.report(items[i], "\"" + items[i].text() + "\" has been asked before");
  }
}

}  // namespace

Route::Route(const config::Node& node, Host& host) : node_(node), host_(host) {
  for (const config::Node& rule : node_["rules"].items()) {
    rules_.emplace_back(rule, host);
    if (rule["backends"] && rule["backends"].items().empty()) {
      host.report(rule["backends"], "names no backend; leave the rule out, or deny by a filter");
    }
    report_repetitions(rule["backends"], host);
  }
  report_repetitions(node_["default"], host);
  if (rules_.empty() && node_["default"].items().empty()) host.report(node_, "has neither rules nor a default");
}

std::unique_ptr<BackendPart> Route::attach(Attachment& attachment) {
  std::vector<RoutePart::Candidates> candidates;
  for (const config::Node& rule : node_["rules"].items()) {
    candidates.push_back(candidates_from(rule["backends"], attachment, host_));
  }
  candidates.push_back(candidates_from(node_["default"], attachment, host_));
  return std::make_unique<RoutePart>(attachment.shard(), rules_, std::move(candidates), host_);
}

RoutePart::Candidate::Candidate(std::string its_id, BackendPart& its_part, Metrics& metrics)
    : id(std::move(its_id)),
      part(its_part),
      succeeded(metrics.counter(kDials, kDialsHelp, {{"backend", id}, {"result", "ok"}})),
      failed(metrics.counter(kDials, kDialsHelp, {{"backend", id}, {"result", "error"}})) {}

RoutePart::RoutePart(Shard& shard, const std::vector<RouteRule>& rules, std::vector<Candidates> candidates, Host& host)
    : shard_(shard),
      rules_(rules),
      candidates_(std::move(candidates)),
      host_(host),
      fallbacks_(host.metrics().counter("konduit_route_fallbacks_total",
                                        "Dials that were handed to another backend because one could not.")),
      unrouted_(host.metrics().counter("konduit_route_unrouted_total", "Dials that no rule is for.")) {}

const RoutePart::Candidates& RoutePart::candidates_for(const DialRequest& request) const {
  const auto rule = std::ranges::find_if(rules_, [&](const auto& one) { return one.matches(request); });
  return candidates_[static_cast<std::size_t>(rule - rules_.begin())];
}

awaitable<DialResult<StreamPtr>> RoutePart::dial(const DialRequest& request) {
  const Candidates& candidates = candidates_for(request);
  DialResult<StreamPtr> result =
      DialError{DialErrc::no_route, true, host_.id() + " has no rule for " + request.target.text()};
  if (candidates.empty()) unrouted_.add();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    // A copy, because it may end earlier; filters know the dial by what its `resolution` leads to.
    DialRequest attempt = request;
    attempt.deadline = share_of(request.deadline, shard_.now(), candidates.size() - i);
    result = co_await candidate.part.dial(attempt);
    (result ? candidate.succeeded : candidate.failed).add();
    const bool another = !result && result.error().retryable && i + 1 < candidates.size();
    if (!another || shard_.now() >= request.deadline) break;
    fallbacks_.add();
    host_.log().debug("a backend could not take a dial, another is tried",
                      {{"backend", candidate.id}, {"target", request.target.text()}, {"reason", result.error().text}});
  }
  co_return result;
}

}  // namespace konduit::routing
