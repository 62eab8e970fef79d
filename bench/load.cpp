#include "load.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "errand.hpp"

namespace konduit::bench {

namespace {

using Clock = std::chrono::steady_clock;

/// Dials that are under way at once while the tunnels are opened.
constexpr std::size_t kDials = 64;
/// How long nothing may come of them.
constexpr std::chrono::seconds kPatience{20};
constexpr std::chrono::milliseconds kGlance{100};
constexpr std::chrono::seconds kReport{5};

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

/// Watches a process.
class Account {
 public:
  Account(pid_t process, Cost& cost) : process_(process), cost_(cost) { cost.before = memory_of(process); }

  void begin() { cost_.cpu_seconds = -cpu_seconds(process_); }
  void glance() {
    cost_.at_end = memory_of(process_);
    cost_.peak.anonymous = std::max(cost_.peak.anonymous, cost_.at_end.anonymous);
    cost_.peak.resident = std::max(cost_.peak.resident, cost_.at_end.resident);
  }
  void end() {
    cost_.cpu_seconds += cpu_seconds(process_);
    glance();
  }

 private:
  const pid_t process_;
  Cost& cost_;
};

class Load {
 public:
  explicit Load(const LoadSettings& settings)
      : settings_(settings),
        way_(loop_, settings.way),
        server_(settings.server, result_.server),
        agent_(settings.agent, result_.agent) {
    if (settings.verify) tally_.expected = &pattern_;
  }

  LoadResult run() {
    for (unsigned i = 0; i != settings_.tunnels; ++i) errands_.push_back(make_errand(i));
    if (settings_.scenario != Scenario::crr) open_tunnels();
    // Traffic begins when all are open: one that is not read yet may hold up the others' answers.
    for (const ErrandPtr& errand : errands_) errand->begin();
    settle();
    turn_until(Clock::now() + settings_.warm_up);
    measure();
    return result_;
  }

 private:
  ErrandPtr make_errand(unsigned index) {
    switch (settings_.scenario) {
      case Scenario::download: return transfer(way_, tally_, Mode::download, settings_.piece);
      case Scenario::upload: return transfer(way_, tally_, Mode::upload, settings_.piece);
      case Scenario::both: return transfer(way_, tally_, Mode::both, settings_.piece);
      case Scenario::rr: return requests(way_, tally_, settings_.message, false);
      case Scenario::crr:
        return dials(way_, tally_, settings_.message, [this](Errand& errand) { ended_.push_back(&errand); });
      case Scenario::idle: return requests(way_, tally_, settings_.message, true);
      case Scenario::mix: break;
    }
    const unsigned place = index % 100;
    if (place == 0) return transfer(way_, tally_, Mode::download, settings_.piece);
    if (place == 1) return transfer(way_, tally_, Mode::upload, settings_.piece);
    return requests(way_, tally_, settings_.message, place > 21);
  }

  void open_tunnels() {
    std::size_t dialed = 0;
    auto deadline = Clock::now() + kPatience;
    for (std::size_t opened = 0; opened != errands_.size(); opened = tally_.opened) {
      for (; dialed != errands_.size() && dialed < tally_.opened + kDials; ++dialed) errands_[dialed]->dial();
      turn(kGlance);
      if (tally_.opened != opened) deadline = Clock::now() + kPatience;
      if (Clock::now() > deadline) throw std::runtime_error("a dial was not answered");
    }
  }

  void settle() {
    const auto deadline = Clock::now() + kPatience;
    while (!std::ranges::all_of(errands_, &Errand::settled)) {
      turn(kGlance);
      if (Clock::now() > deadline) throw std::runtime_error("a request was not answered");
    }
  }

  void measure() {
    tally_.bytes = tally_.finished = 0;
    tally_.latencies.clear();
    server_.begin();
    agent_.begin();
    result_.endpoint_cpu_seconds = -cpu_seconds(settings_.endpoint);
    result_.own_cpu_seconds = -own_cpu_seconds();
    const auto begin = Clock::now();
    turn_until(begin + settings_.duration);
    result_.seconds = seconds(Clock::now() - begin);
    server_.end();
    agent_.end();
    result_.endpoint_cpu_seconds += cpu_seconds(settings_.endpoint);
    result_.own_cpu_seconds += own_cpu_seconds();
    result_.bytes = tally_.bytes;
    result_.finished = tally_.finished;
    result_.latency = tally_.latencies.percentiles();
  }

  void turn_until(Clock::time_point end) {
    const auto begin = Clock::now();
    auto next_glance = begin;
    auto next_report = begin + kReport;
    for (auto now = begin; now < end; now = Clock::now()) {
      turn(std::min(kGlance, std::chrono::ceil<std::chrono::milliseconds>(end - now)));
      if (now >= next_glance) {
        server_.glance();
        agent_.glance();
        next_glance = now + kGlance;
      }
      if (settings_.progress && now >= next_report) {
        report(seconds(now - begin), seconds(end - begin));
        next_report += kReport;
      }
    }
  }

  void report(double passed, double all) const {
    std::fprintf(stderr, "konduit-bench: %.0f of %.0f s, %.0f MB/s, %.0f requests/s\n", passed, all,
                 static_cast<double>(tally_.bytes) / 1e6 / passed, static_cast<double>(tally_.finished) / passed);
  }

  void turn(std::chrono::milliseconds patience) {
    loop_.turn(patience);
    for (std::size_t i = 0; i != ended_.size(); ++i) ended_[i]->begin();
    ended_.clear();
  }

  const LoadSettings& settings_;
  LoadResult result_;
  const Pattern pattern_;
  Loop loop_;
  WayIn way_;
  Tally tally_;
  Account server_;
  Account agent_;
  std::vector<ErrandPtr> errands_;
  std::vector<Errand*> ended_;
};

}  // namespace

LoadResult run_load(const LoadSettings& settings) { return Load(settings).run(); }

}  // namespace konduit::bench
