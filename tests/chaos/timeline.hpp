#pragma once

#include <sys/types.h>

#include <future>
#include <string>
#include <vector>

#include "chaos/load.hpp"
#include "chaos/process_view.hpp"

namespace konduit::chaos {

/// What was seen at one moment; `at` in seconds since the beginning.
struct Sample {
  double at = 0;
  Load::Now load;
  ProcessView server;
  ProcessView agent;
};

struct Mark {
  double at = 0;
  std::string text;
};

/// Looks at load and processes in a fixed rhythm, for plots. The load and the loop outlive it.
///
/// Thread: main.
class Timeline {
 public:
  Timeline(Loop& loop, const Load& load, Duration rhythm);
  ~Timeline();
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  /// Which processes are looked at from now on.
  void watch(pid_t server, pid_t agent);
  /// Something happens now.
  void mark(const std::string& text);

  std::vector<Sample> samples();
  const std::vector<Mark>& marks() const noexcept { return marks_; }

 private:
  awaitable<void> look();
  double now() const;

  Loop& loop_;
  const Load& load_;
  const Duration rhythm_;
  const TimePoint began_ = Clock::now();
  std::vector<Mark> marks_;
  // On the loop's thread:
  Timer timer_;
  pid_t server_ = -1;
  pid_t agent_ = -1;
  std::vector<Sample> samples_;
  bool stopping_ = false;
  std::promise<void> stopped_;
};

}  // namespace konduit::chaos
