#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chaos/load.hpp"
#include "chaos/loads.hpp"
#include "chaos/loop.hpp"
#include "chaos/patience.hpp"
#include "chaos/site.hpp"
#include "chaos/timeline.hpp"

namespace konduit::chaos {

/// What a run of scenarios shares.
struct RunSettings {
  Programs programs;
  std::string output;  ///< Folder for plots, and for the logs of what failed.
  std::uint64_t seed = 1;
  bool short_form = false;
  std::uint64_t churned = 10'000;  ///< Tunnels of the scenario churn.
};

/// What came of a scenario; a row of the table.
struct Result {
  std::string name;
  std::string skipped;  ///< Why; empty if it ran.
  std::vector<std::string> failures;
  std::optional<double> noticed;        ///< Seconds from the fault until the last tunnel that it hit had ended.
  std::optional<double> recovered;      ///< Seconds from the repair until a tunnel dialled behind it was established.
  std::optional<std::size_t> expected;  ///< Tunnels that the fault was to end.
  std::size_t lost = 0;                 ///< Those of all that did end before their time.
  std::uint64_t verified = 0;
  std::uint64_t tunnels = 0;  ///< Completed.
  double took = 0;
  std::map<std::string, std::string> figures;  ///< What else was measured.
};

/// One scenario at work: a site under load, a fault, and what must be true afterwards. What is wrong is collected by
/// check(); only what makes going on pointless is thrown.
///
/// Thread: main.
class Trial {
 public:
  /// Which tunnels a fault hits.
  using Pick = std::function<bool(const TunnelRecord&)>;
  static bool everything(const TunnelRecord&) { return true; }
  static bool nothing(const TunnelRecord&) { return false; }

  Trial(const RunSettings& settings, std::string name);
  ~Trial();

  /// Sets up, and takes down how much the processes use at rest.
  void open(SiteSettings settings = {});
  /// The mixed load on the first endpoint, and waits until its long tunnels are established.
  void begin_mixed_load();

  Site& site() { return *site_; }
  Load& load() { return *load_; }
  Timeline& timeline() { return *timeline_; }
  const Result& so_far() const { return result_; }
  const RunSettings& settings() const { return settings_; }

  /// Something that must not hurt anybody happens now.
  void act(const std::string& what, const std::function<void()>& action);
  /// The fault. Tunnels that `hit` picks may end, if they were dialled before it or soon behind it, and so may dials
  /// between now and the recovery that `refused` picks. What an earlier fault has hit may still end in its time.
  void strike(const std::string& what, Pick hit, Pick refused, const std::function<void()>& fault);
  /// Every tunnel that was hit has ended within `limit`.
  void expect_noticed(Duration limit);
  /// What is hit ends while `action` is awaited, as expect_noticed, measured from the fault.
  void repair(const std::string& what, const std::function<void()>& action);
  /// A tunnel dialled behind the repair works within `limit`.
  void expect_recovered(Duration limit);
  /// Lets the load go on.
  void go_on(Duration duration);

  void check(bool holds, const std::string& otherwise);
  void figure(const std::string& name, const std::string& value) { result_.figures[name] = value; }
  double struck_ago() const;

  /// Which tunnels of `kind` are established now.
  std::size_t established(const std::string& kind);
  /// Waits until so many are.
  void await_established(const std::string& kind, std::size_t count);

  /// Judges the tunnels that have ended, and forgets them: a next fault may follow.
  void judge();
  /// Ends the load and checks what must hold after every fault.
  void close();
  /// What a scenario that threw left behind is written down too.
  Result finish(const std::string& thrown);

 private:
  /// What processes use while nothing happens, by role.
  struct Rest {
    ProcessView view;
    std::map<std::string, double> gauges;
  };

  struct Strike {
    Pick hit;
    Pick refused;
    TimePoint struck;
    std::optional<TimePoint> repaired{};
    std::optional<TimePoint> recovered{};
  };

  Rest look(unsigned role);
  pid_t process(unsigned role);
  std::string name_of(unsigned role) const;
  void check_rest(unsigned role);
  bool excused(const TunnelRecord& record) const;
  /// A tunnel's kind and end, and when these were seen from the last fault.
  std::string described(const TunnelRecord& record) const;
  void watch();

  const RunSettings& settings_;
  Result result_;
  const TimePoint began_ = Clock::now();
  Loop loop_;
  std::unique_ptr<Site> site_;
  std::unique_ptr<Load> load_;
  std::unique_ptr<Timeline> timeline_;
  std::vector<Rest> rest_;  // the server's, then the agents'
  bool closed_ = false;

  std::vector<Strike> strikes_;          // all of them
  std::vector<std::uint64_t> expected_;  // numbers of tunnels
};

}  // namespace konduit::chaos
