#pragma once

#include <sys/resource.h>

#include <chrono>

namespace konduit::conformance {

/// Tells whether the thread slept or computed at length between construction and failure(): what a shard's thread must
/// not do. A machine that is busy with others does not count.
class LoopWatch {
 public:
  /// `allowed_sleeps`: waits that are the loop's own.
  explicit LoopWatch(long allowed_sleeps = 0);
  /// What is wrong, null if nothing.
  const char* failure() const;

 private:
  const long allowed_sleeps_;
  const std::chrono::steady_clock::time_point began_;
  rusage before_{};
};

}  // namespace konduit::conformance
