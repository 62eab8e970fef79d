#include "http2/token_bucket.hpp"

#include <algorithm>
#include <chrono>

namespace konduit::http2 {

void TokenBucket::give(double count) noexcept { tokens_ = std::min(burst_, tokens_ + count); }

bool TokenBucket::take(TimePoint now) noexcept {
  if (last_ != TimePoint{}) give(std::chrono::duration<double>(now - last_).count() * per_second_);
  last_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace konduit::http2
