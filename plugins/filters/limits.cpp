#include "filters/limits.hpp"

#include <utility>

#include "filters/paced_stream.hpp"
#include "konduit/client_name.hpp"
#include "konduit/shard.hpp"
#include "targets/target_rule.hpp"

namespace konduit::filters {

namespace {

LimitsSettings::Scope scope_of(const std::string& text) {
  if (text == "peer") return LimitsSettings::Scope::peer;
  return text == "target" ? LimitsSettings::Scope::target : LimitsSettings::Scope::process;
}

std::optional<Rate> bytes_from(const config::Node& node) {
  if (!node) return std::nullopt;
  Rate rate{.amount = node["per_second"].size()};
  rate.burst = node["burst"] ? node["burst"].size() : rate.amount;
  return rate;
}

Rate dials_from(const config::Node& node) {
  Rate rate{.amount = static_cast<std::uint64_t>(node["count"].integer()), .period = node["every"].duration()};
  rate.burst = node["burst"] ? static_cast<std::uint64_t>(node["burst"].integer()) : rate.amount;
  return rate;
}

/// Whose account a dial is counted in.
std::string account_name(LimitsSettings::Scope scope, const DialRequest& request) {
  switch (scope) {
    case LimitsSettings::Scope::process: break;
    case LimitsSettings::Scope::peer: return std::string(client_name(request.peer));
    case LimitsSettings::Scope::target: return targets::normalised_name(request.target.host);
  }
  return {};
}

std::shared_ptr<void> make_ledger(Host& host) {
  return std::make_shared<LimitsLedger>(
      host.metrics().gauge("konduit_limits_accounts", "Clients, targets or processes that limits are counted for."));
}

constexpr const char* kRefusals = "konduit_limits_refusals_total";
constexpr const char* kRefusalsHelp = "Dials that were refused, by the limit that they went beyond.";
constexpr const char* kWaits = "konduit_limits_waits_total";
constexpr const char* kWaitsHelp = "How often bytes of a tunnel had to wait for their turn.";

}  // namespace

Limits::Limits(const config::Node& node, Host& host) : host_(host) {
  const bool any = node["dials"] || node["tunnels"] || node["to_target"] || node["to_client"];
  if (!any) host.report(node, "none of dials, tunnels, to_target and to_client is given, so it would limit nothing");
  settings_.scope = scope_of(node["scope"].text());
  if (const auto& dials = node["dials"]) {
    settings_.dials.dials = dials_from(dials);
    settings_.dials_text = dials["count"].text() + " in " + dials["every"].text();
  }
  if (node["tunnels"]) settings_.dials.tunnels = static_cast<std::uint64_t>(node["tunnels"].integer());
  settings_.rates.to_target = bytes_from(node["to_target"]);
  settings_.rates.to_client = bytes_from(node["to_client"]);
}

awaitable<void> Limits::prepare() {
  // The key names the scope: accounts of peers mean nothing to a component that has come to count targets.
  static constexpr const char* kKeys[] = {"process", "peer", "target"};
  use(host_.retained(kKeys[static_cast<int>(settings_.scope)], &make_ledger));
  co_return;
}

void Limits::use(const std::shared_ptr<void>& ledger) {
  ledger_ = std::static_pointer_cast<LimitsLedger>(ledger);
  generation_ = ledger_->next_generation();
}

std::unique_ptr<FilterPart> Limits::attach(Attachment& attachment) {
  // In a rehearsal it has not been prepared.
  if (!ledger_) use(make_ledger(host_));
  return std::make_unique<LimitsPart>(attachment.shard(), settings_, ledger_, generation_, host_);
}

LimitsPart::LimitsPart(Shard& shard, const LimitsSettings& settings, std::shared_ptr<LimitsLedger> ledger,
                       std::uint64_t generation, Host& host)
    : shard_(shard),
      settings_(settings),
      ledger_(std::move(ledger)),
      generation_(generation),
      host_(host),
      too_many_tunnels_(host.metrics().counter(kRefusals, kRefusalsHelp, {{"limit", "tunnels"}})),
      too_many_dials_(host.metrics().counter(kRefusals, kRefusalsHelp, {{"limit", "dials"}})),
      waits_to_target_(host.metrics().counter(kWaits, kWaitsHelp, {{"direction", "to_target"}})),
      waits_to_client_(host.metrics().counter(kWaits, kWaitsHelp, {{"direction", "to_client"}})),
      tunnels_(host.metrics().gauge("konduit_limits_tunnels", "Tunnels and dials under way that are counted.")) {}

Verdict<DialResult<void>> LimitsPart::on_dial(DialRequest& request) {
  const auto name = account_name(settings_.scope, request);
  ledger_->adopt(generation_, settings_.rates);
  auto place = ledger_->enter(name, settings_.dials, shard_.now());
  if (!place.account) return DialResult<void>(refused(place.answer, name));
  dials_[&request].account = std::move(place.account);
  tunnels_.add(1);
  return DialResult<void>();
}

DialError LimitsPart::refused(LimitsLedger::Answer answer, std::string_view name) {
  const bool rate = answer == LimitsLedger::Answer::too_many_dials;
  (rate ? too_many_dials_ : too_many_tunnels_).add();
  std::string text = rate ? "too many dials" : "too many tunnels";
  if (settings_.scope == LimitsSettings::Scope::peer) text += " of " + std::string(name);
  if (settings_.scope == LimitsSettings::Scope::target) text += " to " + std::string(name);
  text += ": " + host_.id() + " allows " + (rate ? settings_.dials_text : std::to_string(*settings_.dials.tunnels));
  return {DialErrc::overloaded, true, std::move(text)};
}

StreamPtr LimitsPart::on_stream(const DialRequest& request, StreamPtr stream) {
  if (!settings_.rates.to_target && !settings_.rates.to_client) return stream;
  const auto dial = dials_.find(&request);
  if (dial == dials_.end()) return stream;
  Lanes& lanes = lanes_of(dial->second.account);
  if (!std::exchange(dial->second.paced, true)) ++lanes.users;
  return std::make_unique<PacedStream>(std::move(stream), lanes.to_target, lanes.to_client);
}

std::shared_ptr<PaceLane> LimitsPart::lane(const std::shared_ptr<LimitsAccount>& account,
                                           LimitsLedger::Direction direction, Counter& waits) {
  return std::make_shared<PaceLane>(shard_.deadlines(), ledger_, account, direction, waits);
}

LimitsPart::Lanes& LimitsPart::lanes_of(const std::shared_ptr<LimitsAccount>& account) {
  Lanes& lanes = lanes_[account.get()];
  if (settings_.rates.to_target && !lanes.to_target) {
    lanes.to_target = lane(account, LimitsLedger::Direction::to_target, waits_to_target_);
  }
  if (settings_.rates.to_client && !lanes.to_client) {
    lanes.to_client = lane(account, LimitsLedger::Direction::to_client, waits_to_client_);
  }
  return lanes;
}

void LimitsPart::on_end(const TunnelSummary& summary) {
  const auto dial = dials_.find(summary.request);
  if (dial == dials_.end()) return;
  const auto account = std::move(dial->second.account);
  const bool paced = dial->second.paced;
  dials_.erase(dial);
  ledger_->leave(*account);
  tunnels_.add(-1);
  if (!paced) return;
  const auto lanes = lanes_.find(account.get());
  if (--lanes->second.users == 0) lanes_.erase(lanes);
}

}  // namespace konduit::filters
