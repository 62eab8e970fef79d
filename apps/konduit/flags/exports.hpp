#pragma once

#include <span>
#include <string>
#include <utility>

#include "konduit/config.hpp"

namespace konduit::flags {

/// "telemetry.exports": the reference's metrics, with its names, types, labels, buckets and descriptions, as sums of
/// ours. `strategies`: the flag's word and the selector's id of each strategy in use.
config::Node server_exports(std::span<const std::pair<std::string, std::string>> strategies);
config::Node agent_exports();

}  // namespace konduit::flags
