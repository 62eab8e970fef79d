#pragma once

#include <cstdint>
#include <vector>

namespace konduit::bench {

/// Counts values in buckets whose width grows with the value (log-linear, as HDR histograms): whatever its size, a
/// value comes back no more than 1/128 too large. As much memory for a million values as for one.
class Histogram {
 public:
  Histogram();

  void add(std::uint64_t value) noexcept;
  void clear() noexcept;

  std::uint64_t count() const noexcept { return count_; }
  /// The largest of the values, exactly; 0 without any.
  std::uint64_t largest() const noexcept { return largest_; }
  /// The smallest value, rounded up within its bucket, that at least `share` (0..1) of the values do not exceed; 0
  /// without any.
  std::uint64_t quantile(double share) const noexcept;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace konduit::bench
