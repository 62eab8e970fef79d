#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "konduit/filter.hpp"

namespace konduit::filters {

/// One tunnel, or one dial that came to nothing, as a line of JSON with its line end.
std::string audit_line(const TunnelSummary& summary, std::chrono::system_clock::time_point now);

/// Says that `lines` are missing here.
std::string audit_gap(std::uint64_t lines, std::chrono::system_clock::time_point now);

}  // namespace konduit::filters
