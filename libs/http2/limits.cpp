#include "http2/limits.hpp"

#include <algorithm>

namespace konduit::http2 {

bool TokenBucket::take(TimePoint now) noexcept {
  if (last_ != TimePoint{}) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
  }
  last_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace konduit::http2
