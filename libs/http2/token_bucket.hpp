#pragma once

#include "http2/limits.hpp"
#include "konduit/asio.hpp"

namespace konduit::http2 {

/// Allows events at a rate.
class TokenBucket {
 public:
  explicit TokenBucket(const Rate& rate) noexcept
      : burst_(rate.burst), per_second_(rate.per_second), tokens_(rate.burst) {}

  /// Allows `count` more events, up to a full bucket.
  void give(double count) noexcept;
  /// False when there have been too many.
  bool take(TimePoint now) noexcept;

 private:
  double burst_;
  double per_second_;
  double tokens_;
  TimePoint last_{};
};

}  // namespace konduit::http2
