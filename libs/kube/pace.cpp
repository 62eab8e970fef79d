#include "kube/pace.hpp"

#include <algorithm>

namespace konduit::kube {

Duration Backoff::next(std::mt19937& random) {
  const Duration whole = next_;
  next_ = std::min(next_ * 2, longest_);
  std::uniform_int_distribution<Duration::rep> spread(whole.count() / 2, whole.count());
  return Duration(spread(random));
}

RateLimit::RateLimit(double per_second, double burst) noexcept
    : each_(per_second > 0 ? std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / per_second))
                           : Duration::zero()),
      tolerance_(std::chrono::duration_cast<Duration>(each_ * (std::max(burst, 1.0) - 1))) {}

std::optional<TimePoint> RateLimit::take(TimePoint now, TimePoint latest) noexcept {
  if (each_ == Duration::zero()) return now;
  const TimePoint due = std::max(due_, now);
  const TimePoint when = std::max(now, due - tolerance_);
  if (when > latest) return std::nullopt;
  due_ = due + each_;
  return when;
}

}  // namespace konduit::kube
