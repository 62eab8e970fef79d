#pragma once

#include <string>

#include "chaos/load.hpp"

namespace konduit::chaos {

/// A tunnel for one exchange of a few hundred bytes, as requests of a control plane are.
TunnelPlan request_plan(const std::string& target);
/// Megabytes both ways at 16 MB/s, exchange after exchange.
TunnelPlan bulk_plan(const std::string& target);
/// Open for as long as it is let, with a few bytes every now and then.
TunnelPlan idle_plan(const std::string& target);
/// Says behind its last byte that nothing follows, and still gets its answer.
TunnelPlan half_close_plan(const std::string& target);

/// Some of each, as clients have them side by side: 11 lanes, 7 of them with a tunnel that stays.
void add_mixed_load(Load& load, const std::string& target);
constexpr std::size_t kLongTunnelsOfMix = 7;

}  // namespace konduit::chaos
