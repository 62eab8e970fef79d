#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "konduit/asio.hpp"

namespace konduit {

/// Lets ten lines a second of one kind into the log: what strangers can cause must not fill it. Thread: one shard's.
class LogPace {
 public:
  static constexpr unsigned kPerSecond = 10;

  /// Whether this line may be told; then how many were not told since the last one.
  std::optional<std::uint64_t> pass(TimePoint now) noexcept {
    if (now - began_ >= std::chrono::seconds(1)) {
      began_ = now;
      told_ = 0;
    }
    if (told_ == kPerSecond) {
      ++not_told_;
      return std::nullopt;
    }
    ++told_;
    return std::exchange(not_told_, 0);
  }

 private:
  TimePoint began_{};
  unsigned told_ = 0;
  std::uint64_t not_told_ = 0;
};

}  // namespace konduit
