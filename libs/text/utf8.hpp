#pragma once

#include <string>
#include <string_view>

namespace konduit::text {

/// True if `text` is well-formed UTF-8.
bool valid_utf8(std::string_view text) noexcept;

/// `text` with U+FFFD for every byte that is no part of a well-formed sequence.
std::string repaired_utf8(std::string_view text);

}  // namespace konduit::text
