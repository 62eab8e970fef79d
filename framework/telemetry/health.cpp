#include "telemetry/health.hpp"

#include <algorithm>
#include <utility>

namespace konduit::telemetry {

bool HealthReport::ready() const noexcept {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ready; });
}

unsigned HealthReport::status(HealthStyle style) const noexcept {
  if (ready()) return 200;
  return style == HealthStyle::plain ? 500 : 503;
}

std::string HealthReport::body(HealthStyle style, bool verbose) const {
  if (!verbose && ready()) return "ok";
  if (!verbose && style == HealthStyle::plain) return first_reason();
  std::string text;
  for (const Check& check : checks) {
    text += check.ready ? "[+]" + check.name + " ok" : "[-]" + check.name + " failed: " + check.reason;
    if (verbose && !check.detail.empty()) text += " (" + check.detail + ")";
    text += '\n';
  }
  if (ready()) text += "check passed\n";
  return text;
}

std::string HealthReport::first_reason() const {
  const auto failed = std::ranges::find(checks, false, &Check::ready);
  return failed == checks.end() ? std::string() : failed->reason;
}

HealthChecks::Registration::Registration(Registration&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_) {}

HealthChecks::Registration& HealthChecks::Registration::operator=(Registration&& other) noexcept {
  if (this != &other) {
    remove();
    owner_ = std::exchange(other.owner_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

void HealthChecks::Registration::remove() noexcept {
  if (HealthChecks* owner = std::exchange(owner_, nullptr)) {
    owner->entries_.remove_if([this](const Entry& entry) { return entry.id == id_; });
  }
}

HealthChecks::Registration HealthChecks::add(std::string name, Check check) {
  const std::uint64_t id = next_id_++;
  entries_.push_back({id, std::move(name), std::move(check)});
  return {*this, id};
}

HealthReport HealthChecks::readiness() const {
  HealthReport report;
  for (const Entry& entry : entries_) {
    HealthState state{false, "the check failed"};
    try {
      state = entry.check();
    } catch (...) {
      // A check that cannot answer is a reason not to send work here, not to end.
    }
    const std::string_view reason = state.reason.empty() ? std::string_view("not ready") : state.reason;
    report.checks.push_back(
        {entry.name, state.ready, state.ready ? std::string() : std::string(reason), std::move(state.detail)});
  }
  return report;
}

}  // namespace konduit::telemetry
