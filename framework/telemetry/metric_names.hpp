#pragma once

#include <prometheus/client_metric.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/metrics.hpp"

namespace konduit::telemetry {

using LabelSet = std::vector<prometheus::ClientMetric::Label>;

/// Why `name` cannot name a metric, as a sentence; empty if it can (Prometheus data model: [a-zA-Z_:][a-zA-Z0-9_:]*).
std::string name_objection(std::string_view name);

/// Why `labels` cannot be a metric's; empty if they can. `component` and `le` belong to the core.
std::string label_objection(const Labels& labels);

/// Why `bounds` cannot be a histogram's; empty if they can: finite, ascending, at least one.
std::string bucket_objection(std::initializer_list<double> bounds);

/// Whether a metric's values are times, of which only the earliest means something, and their sum nothing.
bool tells_expiry(std::string_view name);

/// Sorted by name, with values that are UTF-8, and `component` among them unless it is empty.
LabelSet label_set(const Labels& labels, std::string_view component);

/// `text` with the escapes of a HELP line, which prometheus-cpp leaves to its callers.
std::string help_text(std::string_view text);

}  // namespace konduit::telemetry
