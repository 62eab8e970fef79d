#pragma once

#include <string>
#include <string_view>

namespace konduit::proto {

/// `text` with U+FFFD for every byte that is no part of a well-formed sequence.
std::string repaired_utf8(std::string_view text);

}  // namespace konduit::proto
