#include "chaos/trial.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "chaos/plot.hpp"

namespace konduit::chaos {

namespace {

constexpr Duration kEstablish = std::chrono::seconds(10);
constexpr Duration kSampling = std::chrono::milliseconds(100);
/// A tunnel that was dialled so soon behind the fault counts as hit: not everybody knows of it yet.
constexpr Duration kStillHit = std::chrono::seconds(1);
/// How long behind a fault a tunnel that it hit may end when the next fault, or none, has followed.
constexpr Duration kLateEnd = std::chrono::seconds(2);

}  // namespace

Trial::Trial(const RunSettings& settings, std::string name) : settings_(settings) { result_.name = std::move(name); }

Trial::~Trial() = default;

void Trial::open(SiteSettings settings) {
  settings.seed = settings_.seed;
  site_ = std::make_unique<Site>(settings_.programs, settings);
  site_->start();
  load_ = std::make_unique<Load>(loop_, site_->door(), settings_.seed);
  timeline_ = std::make_unique<Timeline>(loop_, *load_, kSampling);
  watch();
  // The first tunnel makes what later ones use as well.
  load_->add(request_plan(site_->target(0)));
  const bool works =
      wait_until(Clock::now() + patient(kEstablish), [this] { return load_->tally().tunnels[Outcome::completed] > 0; });
  load_->finish(patient(kEstablish));
  if (!works) throw std::runtime_error("no tunnel could be established at all");
  timeline_.reset();
  load_ = std::make_unique<Load>(loop_, site_->door(), settings_.seed);
  timeline_ = std::make_unique<Timeline>(loop_, *load_, kSampling);
  watch();
  pause_for(std::chrono::milliseconds(200));
  for (unsigned role = 0; role <= site_->agents(); ++role) rest_.push_back(look(role));
}

void Trial::watch() {
  if (timeline_) timeline_->watch(site_->server().id(), site_->agent(0).id());
}

void Trial::begin_mixed_load() {
  add_mixed_load(*load_, site_->target(0));
  await_established("bulk", 2);
  await_established("idle", kLongTunnelsOfMix - 2);
  go_on(std::chrono::seconds(1));
}

std::size_t Trial::established(const std::string& kind) {
  const auto records = load_->records();
  return static_cast<std::size_t>(std::ranges::count_if(records, [&](const TunnelRecord& record) {
    return record.kind == kind && !record.over() && record.was_established();
  }));
}

void Trial::await_established(const std::string& kind, std::size_t count) {
  if (wait_until(Clock::now() + patient(kEstablish), [&] { return established(kind) >= count; })) return;
  throw std::runtime_error("of " + std::to_string(count) + " tunnels (" + kind + ") only " +
                           std::to_string(established(kind)) + " could be established");
}

void Trial::act(const std::string& what, const std::function<void()>& action) {
  timeline_->mark(what);
  action();
}

void Trial::strike(const std::string& what, Pick hit, Pick refused, const std::function<void()>& fault) {
  const auto before = load_->records();
  timeline_->mark(what);
  const TimePoint struck = Clock::now();
  fault();
  // Only now: some faults first find out what they hit.
  strikes_.push_back({.hit = std::move(hit), .refused = std::move(refused), .struck = struck});
  const Strike& strike = strikes_.back();
  expected_.clear();
  for (const TunnelRecord& record : before) {
    if (!record.over() && record.was_established() && strike.hit(record)) expected_.push_back(record.number);
  }
  result_.expected = result_.expected.value_or(0) + expected_.size();
}

double Trial::struck_ago() const { return seconds(Clock::now() - strikes_.back().struck); }

void Trial::expect_noticed(Duration limit) {
  std::size_t open = 0;
  const TimePoint struck = strikes_.back().struck;
  TimePoint last = struck;
  const bool all = wait_until(struck + patient(limit), [&] {
    open = 0;
    for (const TunnelRecord& record : load_->records()) {
      if (std::ranges::find(expected_, record.number) == expected_.end()) continue;
      if (!record.over()) ++open;
      if (record.over()) last = std::max(last, record.ended);
    }
    return open == 0;
  });
  check(all, std::to_string(open) + " of " + std::to_string(expected_.size()) +
                 " tunnels that were hit had not ended after " + in_seconds(seconds(patient(limit))));
  if (all) result_.noticed = std::max(result_.noticed.value_or(0), seconds(last - struck));
}

void Trial::repair(const std::string& what, const std::function<void()>& action) {
  timeline_->mark(what);
  strikes_.back().repaired = Clock::now();
  action();
  watch();
}

void Trial::expect_recovered(Duration limit) {
  Strike& strike = strikes_.back();
  const TimePoint since = strike.repaired.value();
  std::optional<TimePoint> first;
  const bool works = wait_until(since + patient(limit), [&] {
    for (const TunnelRecord& record : load_->records()) {
      if (record.dialled < since || record.exchanges == 0 || !strike.refused(record)) continue;
      if (!first || record.established < *first) first = record.established;
    }
    return first.has_value();
  });
  check(works, "no new tunnel " + in_seconds(seconds(patient(limit))) + " after the repair");
  strike.recovered = first ? *first : Clock::now();
  if (first) result_.recovered = std::max(result_.recovered.value_or(0), seconds(*first - since));
}

void Trial::go_on(Duration duration) { pause_for(duration); }

void Trial::check(bool holds, const std::string& otherwise) {
  if (!holds) result_.failures.push_back(otherwise);
}

bool Trial::excused(const TunnelRecord& record) const {
  if (record.may_fail) return true;
  return std::ranges::any_of(strikes_, [&](const Strike& strike) {
    if (record.ended < strike.struck) return false;
    const bool last = &strike == &strikes_.back();
    if (record.outcome == Outcome::refused) {
      const bool still_broken = strike.recovered ? record.dialled <= *strike.recovered : last;
      return still_broken && strike.refused(record);
    }
    const bool in_time = last || record.ended <= strike.struck + patient(kLateEnd);
    return in_time && strike.hit(record) && record.dialled <= strike.struck + patient(kStillHit);
  });
}

std::string Trial::described(const TunnelRecord& record) const {
  std::string text = record.kind + " to " + record.target + ": " + record.text;
  if (strikes_.empty()) return text;
  const auto from_fault = [&](TimePoint when) { return in_seconds(seconds(when - strikes_.back().struck)); };
  return text + " (from the last fault, dialled at " + from_fault(record.dialled) + ", ended at " +
         from_fault(record.ended) + ")";
}

Result Trial::finish(const std::string& thrown) {
  if (!thrown.empty()) result_.failures.push_back(thrown);
  if (timeline_) {
    std::ofstream file(settings_.output + "/" + result_.name + ".svg");
    file << plot("konduit under " + result_.name, panels_of(timeline_->samples()), timeline_->marks());
  }
  if (load_) {
    load_->give_up();
    Tally tally = load_->tally();
    result_.verified = tally.verified;
    result_.tunnels = tally.tunnels[Outcome::completed];
  }
  if (site_ && !result_.failures.empty()) site_->save_logs(settings_.output + "/" + result_.name);
  result_.took = seconds(Clock::now() - began_);
  return std::move(result_);
}

}  // namespace konduit::chaos
