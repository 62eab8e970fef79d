#pragma once

#include <string>
#include <string_view>

#include "konduit/config.hpp"

namespace konduit::config {

/// What a node is, for messages: `"abc"`, `the quoted text "3"`, `a list`, `nothing`. A secret's text is not told.
std::string found(const Node& node, bool secret);

/// True for the types that one scalar holds.
bool is_scalar_type(Type type) noexcept;

/// Judges the scalar `node` as a value of `field` (whose type is a scalar one but reference): its notation, its choice,
/// its range by `detail`. The answer says what would be right and what was found; empty if it is fine.
std::string scalar_fault(const Node& node, const Field& field);

/// "from 1 to 65535", "0s or more", "at most 1h" for "1..65535", "0s..", "..1h".
std::string range_in_words(std::string_view range);

}  // namespace konduit::config
