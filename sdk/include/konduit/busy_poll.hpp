#pragma once

#include <algorithm>
#include <chrono>

#include "konduit/asio.hpp"

namespace konduit {

/// How long a loop that has nothing to do looks for work before it sleeps.
///
/// To fall asleep and to be woken takes longer than many a wait for a program of the same host. So the time to look
/// doubles while waits are short, and there is none behind one that is longer than the limit: Linux does the same for
/// the processors of guests (Documentation/virt/guest-halt-polling.rst). A loop may also spend no more time on looking
/// than four times what it has spent on work: one that has little to do looks seldom, and then for as long as it takes.
///
/// Thread: one.
class BusyPoll {
 public:
  static constexpr Duration kShortest = std::chrono::microseconds(50);
  static constexpr int kTimesWork = 4;
  /// What a loop may have saved up, and the longest limit of use.
  static constexpr Duration kMostCredit = std::chrono::milliseconds(1);

  /// `longest` 0: never.
  explicit BusyPoll(Duration longest) noexcept : longest_(longest) {}

  bool enabled() const noexcept { return longest_ > Duration::zero(); }
  /// How long to look now; 0: not at all. Less than the whole would be spent in vain.
  Duration window() const noexcept { return credit_ >= window_ ? window_ : Duration::zero(); }

  /// The loop has worked for so long.
  void worked(Duration time) noexcept {
    credit_ = std::min(credit_ + kTimesWork * std::min(time, kMostCredit), kMostCredit);
  }
  /// It has looked for so long.
  void looked(Duration time) noexcept { credit_ = std::max(credit_ - time, Duration::zero()); }
  /// It has slept; so much time has gone since it began to wait.
  void slept(Duration wait) noexcept {
    window_ = wait < longest_ ? std::min(std::max(2 * window_, kShortest), longest_) : Duration::zero();
  }

 private:
  const Duration longest_;
  Duration window_{};
  Duration credit_{};
};

}  // namespace konduit
