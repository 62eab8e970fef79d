#pragma once

#include "konduit/shard.hpp"
#include "telemetry/cpu_profiler.hpp"
#include "telemetry/router.hpp"

namespace konduit::telemetry {

/// /debug/pprof/ and below it `profile?seconds=30`, `symbol` and `cmdline`, as pprof expects them. `profiler` and
/// `shard`, on whose thread the router is asked, must outlive the router.
void add_profiling_routes(Router& router, CpuProfiler& profiler, Shard& shard);

}  // namespace konduit::telemetry
