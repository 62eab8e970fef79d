#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "flags/flag_set.hpp"

namespace konduit::flags {

/// strconv.ParseBool.
std::optional<bool> go_boolean(std::string_view text);

/// 0..3 for INFO, WARNING, ERROR and FATAL, by name or number; case counts for nothing.
std::optional<int> severity_number(std::string_view text);

/// Why `text` is no value of the type; empty if it is one.
std::string fault_of(FlagType type, std::string_view text);

}  // namespace konduit::flags
