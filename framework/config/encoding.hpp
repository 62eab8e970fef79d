#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace konduit::config {

/// The first thing in a text that no document may contain.
struct IllegalText {
  std::string what;
  std::uint32_t line;    ///< From 1.
  std::uint32_t column;  ///< From 1, in bytes.
};

/// RFC 3629.
bool is_utf8(std::string_view text) noexcept;

/// Finds bytes that are not UTF-8 (RFC 3629) and control characters other than tab, line feed and carriage return.
std::optional<IllegalText> find_illegal_text(std::string_view text);

}  // namespace konduit::config
