#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace konduit::lb {

using LabelMap = std::map<std::string, std::string>;

/// Reads "KEY=VALUE,KEY=VALUE". Empty for anything else, and where a key is given twice.
std::optional<LabelMap> parse_labels(std::string_view text);
/// The selector that finds what has all of `labels`.
std::string selector_of(const LabelMap& labels);

}  // namespace konduit::lb
