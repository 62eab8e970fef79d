// What must hold when a scenario's load has ended, whatever the fault was.
#include <algorithm>
#include <map>
#include <string_view>

#include "chaos/trial.hpp"

namespace konduit::chaos {

namespace {

/// How long tunnels may take to end behind the exchange that they are in.
constexpr Duration kFinish = std::chrono::seconds(20);
/// How long descriptors and gauges may take to be what they were: sockets that were closed with bytes on their way
/// linger for some seconds.
constexpr Duration kSettle = std::chrono::seconds(12);
/// What allocators keep of what a load has needed.
constexpr double kMemoryMayGrow = 24;
constexpr std::size_t kShown = 3;

/// The first few texts, and how many there are.
class Complaints {
 public:
  void add(const std::string& text) {
    if (++count_ <= kShown) texts_ += "; " + text;
  }
  void report(Trial& trial, std::string_view what) const {
    trial.check(count_ == 0,
                std::to_string(count_) + " " + std::string(what) + texts_ + (count_ > kShown ? "; …" : ""));
  }

 private:
  std::size_t count_ = 0;
  std::string texts_;
};

}  // namespace

void Trial::close() {
  timeline_->mark("load ends");
  const bool finished = load_->finish(patient(kFinish));
  if (!finished) load_->give_up();
  check(finished, "tunnels did not end " + in_seconds(seconds(patient(kFinish))) + " after the load");
  check(load_->tally().tunnels[Outcome::completed] > 0, "no tunnel completed");
  judge();
  for (unsigned role = 0; role <= site_->agents(); ++role) check_rest(role);
  for (const std::string& wrong : site_->stop()) check(false, wrong);
  for (const std::string& report : site_->sanitizer_reports()) check(false, report);
}

void Trial::judge() {
  Complaints corrupted, hung, broken, refused;
  for (const TunnelRecord& record : load_->take_ended()) {
    if (record.lost() && !record.may_fail) ++result_.lost;
    if (record.outcome == Outcome::corrupted) corrupted.add(described(record));
    if (record.outcome == Outcome::hung) hung.add(described(record));
    if (excused(record)) continue;
    if (record.outcome == Outcome::broken) broken.add(described(record));
    if (record.outcome == Outcome::refused) refused.add(described(record));
  }
  corrupted.report(*this, "tunnels delivered wrong bytes");
  hung.report(*this, "tunnels hung");
  broken.report(*this, "tunnels ended that the fault did not hit");
  refused.report(*this, "dials failed that the fault did not hit");
}

pid_t Trial::process(unsigned role) { return role == 0 ? site_->server().id() : site_->agent(role - 1).id(); }

std::string Trial::name_of(unsigned role) const { return role == 0 ? "server" : "agent " + std::to_string(role - 1); }

Trial::Rest Trial::look(unsigned role) {
  const MetricsPage page = role == 0 ? site_->server_metrics() : site_->agent_metrics(role - 1);
  Rest rest{look_at(process(role)), page.gauges};
  std::erase_if(rest.gauges, [](const auto& gauge) { return gauge.first.starts_with("process_"); });
  return rest;
}

void Trial::check_rest(unsigned role) {
  Process& subject = role == 0 ? site_->server() : site_->agent(role - 1);
  if (subject.id() >= 0 && !subject.running()) return check(false, "the " + name_of(role) + " is not there any more");
  const Rest& before = rest_[role];
  Rest now;
  const auto was = [&](const std::string& gauge) {
    const auto found = before.gauges.find(gauge);
    return found == before.gauges.end() ? 0.0 : found->second;  // it first appeared under load
  };
  const auto as_before = [&](const auto& gauge) { return gauge.second == was(gauge.first); };
  const auto settled = [&] {
    now = look(role);
    return now.view.descriptors == before.view.descriptors && std::ranges::all_of(now.gauges, as_before);
  };
  wait_until(Clock::now() + patient(kSettle), settled);
  check(now.view.descriptors == before.view.descriptors, name_of(role) + ": " + std::to_string(now.view.descriptors) +
                                                             " descriptors, before the load " +
                                                             std::to_string(before.view.descriptors));
  for (const auto& [name, value] : now.gauges) {
    check(value == was(name), name_of(role) + ": " + name + " is " + std::to_string(value) + ", before the load " +
                                  std::to_string(was(name)));
  }
  const double grown = now.view.resident_mib - before.view.resident_mib;
  char text[32];
  std::snprintf(text, sizeof text, "%+.1f MiB", grown);
  figure("memory of " + name_of(role), text);
  // Sanitizers keep what was freed.
  if (!settings_.programs.sanitized)
    check(grown <= kMemoryMayGrow, name_of(role) + ": memory at rest has grown by " + text);
}

}  // namespace konduit::chaos
