#pragma once

#include <string>
#include <string_view>

namespace konduit::telemetry {

/// Appends `text` in double quotes as a JSON string. Any bytes: what is not UTF-8 becomes U+FFFD.
void append_json(std::string& out, std::string_view text);

/// Appends `text` so that it cannot end the line, act on a terminal or reorder what is shown: control characters and
/// bytes that are not UTF-8 become \n, \t, \x1b, \u202e and the like; a backslash is doubled.
void append_escaped(std::string& out, std::string_view text);

/// Appends `text` escaped, in double quotes if it is empty or holds a space, a quote or '='.
void append_value(std::string& out, std::string_view text);

/// `text` with U+FFFD for every byte that is not UTF-8.
std::string valid_utf8(std::string_view text);

}  // namespace konduit::telemetry
