#include "chaos/soak.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <random>
#include <utility>

#include "chaos/report.hpp"

namespace konduit::chaos {

using namespace std::chrono_literals;

namespace {

/// How much more memory the last quarter may use than the second one, which is warm already.
constexpr double kMayDrift = 8;
constexpr Duration kFault = 4s;
constexpr Duration kBetween = 2s;

/// What a round does to the link between agent and server. All but the last hurt nobody.
struct Fault {
  const char* name;
  std::vector<std::string> orders;
};

const std::vector<Fault>& faults() {
  static const std::vector<Fault> kFaults{
      {"none", {}},
      {"far", {"delay both 40 20", "loss both 1"}},
      {"narrow", {"rate both 2000000"}},
      {"stalled", {"stall both"}},
      {"in small pieces", {"piece both 100"}},
      {"reset", {"cut"}},
  };
  return kFaults;
}

void play_round(Trial& trial, const Fault& fault) {
  const auto begin = [&] {
    for (const std::string& order : fault.orders) trial.site().order(order);
  };
  if (std::string_view(fault.name) == "reset") {
    trial.strike(fault.name, Trial::everything, Trial::everything, begin);
    trial.repair("", [] {});
    trial.expect_noticed(2s);
    trial.expect_recovered(15s);
  } else {
    trial.act(fault.name, begin);
    trial.go_on(kFault);
    trial.site().order("clear");
  }
  trial.go_on(kBetween);
  trial.judge();
}

/// What a round added to its row.
void add_difference(Result& row, const Tally& before, const Tally& after, const Result& all, std::size_t failures) {
  const auto completed = [](const Tally& tally) {
    const auto at = tally.tunnels.find(Outcome::completed);
    return at == tally.tunnels.end() ? 0 : at->second;
  };
  row.tunnels += completed(after) - completed(before);
  row.verified += after.verified - before.verified;
  row.failures.insert(row.failures.end(), all.failures.begin() + static_cast<std::ptrdiff_t>(failures),
                      all.failures.end());
}

template <class Value>
double median(std::vector<Sample>::const_iterator begin, std::vector<Sample>::const_iterator end, Value value) {
  std::vector<double> values;
  for (; begin != end; ++begin) values.push_back(value(*begin));
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

template <class Value>
void check_drift(Trial& trial, const std::string& who, Value value) {
  const auto samples = trial.timeline().samples();
  const auto quarter = static_cast<std::ptrdiff_t>(samples.size() / 4);
  const double early = median(samples.begin() + quarter, samples.begin() + 2 * quarter, value);
  const double late = median(samples.begin() + 3 * quarter, samples.end(), value);
  char text[80];
  std::snprintf(text, sizeof text, "%.1f, later %.1f MiB", early, late);
  trial.figure("under load: " + who, text);
  if (!trial.settings().programs.sanitized) {
    trial.check(late <= early + kMayDrift, "memory of the " + who + " grows under an equal load: " + text);
  }
}

void tell_progress(Trial& trial, double passed, const SoakSettings& soak, const char* fault) {
  const auto samples = trial.timeline().samples();
  const Sample& now = samples.back();
  std::printf("%5.1f of %.1f min  %-16s %3zu tunnels open, %9.1f MB, server %.1f MiB, agent %.1f MiB, failures %zu\n",
              passed / 60, soak.minutes, fault, now.load.established, static_cast<double>(now.load.moved) / 1e6,
              now.server.resident_mib, now.agent.resident_mib, trial.so_far().failures.size());
  std::fflush(stdout);
}

void play_soak(Trial& trial, const SoakSettings& soak, std::vector<Result>& rows) {
  trial.open({.forwarder = true});
  trial.begin_mixed_load();
  std::mt19937_64 random(trial.settings().seed);
  const TimePoint began = Clock::now();
  const double whole = soak.minutes * 60;
  for (std::size_t round = 0; seconds(Clock::now() - began) < whole; ++round) {
    // Each once, then at random.
    const std::size_t which = round < faults().size() ? round : random() % faults().size();
    const Tally before = trial.load().tally();
    const std::size_t failures = trial.so_far().failures.size();
    play_round(trial, faults()[which]);
    add_difference(rows[which], before, trial.load().tally(), trial.so_far(), failures);
    tell_progress(trial, seconds(Clock::now() - began), soak, faults()[which].name);
  }
  check_drift(trial, "server", [](const Sample& sample) { return sample.server.resident_mib; });
  check_drift(trial, "agent", [](const Sample& sample) { return sample.agent.resident_mib; });
  trial.close();
}

}  // namespace

int run_soak(const RunSettings& settings, const SoakSettings& soak) {
  std::vector<Result> rows;
  for (const Fault& fault : faults()) rows.push_back({.name = fault.name});
  Trial trial(settings, "soak");
  std::string thrown;
  try {
    play_soak(trial, soak, rows);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  std::erase_if(rows, [](const Result& row) { return row.tunnels == 0 && row.failures.empty(); });
  rows.push_back(trial.finish(thrown));
  const int status = summed_up("soak", rows);
  std::cout << "plot: " << settings.output << "/soak.svg\n";
  return status;
}

}  // namespace konduit::chaos
