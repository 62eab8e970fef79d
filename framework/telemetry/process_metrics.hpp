#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/metrics.hpp"

namespace konduit::telemetry {

/// Appends process_cpu_seconds_total, process_max_fds, process_open_fds, process_resident_memory_bytes,
/// process_start_time_seconds and process_virtual_memory_bytes of this process, read from /proc; what cannot be read is
/// left out. For MetricsRegistry::add_source.
void append_process_metrics(std::vector<prometheus::MetricFamily>& out);

/// Registers konduit_build_info, whose value is 1 and whose labels say what runs: version, compiler, boost, openssl.
void add_build_info(MetricsRegistry& registry, std::string_view version);

}  // namespace konduit::telemetry
