#pragma once

#include <chrono>
#include <string>

#include "konduit/asio.hpp"
#include "konduit/shard.hpp"

namespace konduit::telemetry {

/// gperftools' CPU profiler of the whole process. Its library is loaded by the first object and stays: a process that
/// makes none never maps it.
///
/// Thread: the control thread's. One profile at a time.
class CpuProfiler {
 public:
  /// Throws StartError where the library is missing.
  CpuProfiler();
  CpuProfiler(const CpuProfiler&) = delete;
  CpuProfiler& operator=(const CpuProfiler&) = delete;

  bool busy() const noexcept { return busy_; }

  /// A profile of the next `length`, in the profiler's binary format, which pprof reads; empty if it could not be
  /// taken, or was cancelled. REQUIRES: not busy().
  awaitable<std::string> profile(Shard& shard, Duration length);

 private:
  int (*start_)(const char* file);
  void (*stop_)();
  bool busy_ = false;
};

}  // namespace konduit::telemetry
