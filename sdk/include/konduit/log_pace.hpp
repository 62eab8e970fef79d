#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <utility>

#include "konduit/asio.hpp"

namespace konduit {

/// Lets ten lines a second of one kind into the log: what strangers can cause must not fill it. Thread: one shard's.
class LogPace {
 public:
  static constexpr unsigned kPerSecond = 10;

  /// Whether a line may be told. `tell_untold(count)` is called in front of it if others were not told since the last
  /// one.
  template <std::invocable<std::uint64_t> TellUntold>
  bool pass(TimePoint now, TellUntold&& tell_untold) {
    if (now - began_ >= std::chrono::seconds(1)) {
      began_ = now;
      told_ = 0;
    }
    if (told_ == kPerSecond) {
      ++not_told_;
      return false;
    }
    ++told_;
    if (const std::uint64_t count = std::exchange(not_told_, 0)) tell_untold(count);
    return true;
  }

 private:
  TimePoint began_{};
  unsigned told_ = 0;
  std::uint64_t not_told_ = 0;
};

}  // namespace konduit
