#include "telemetry/escape.hpp"

#include <cstddef>
#include <cstdint>

namespace konduit::telemetry {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr char32_t kInvalid = 0xffffffff;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Character {
  char32_t code;  ///< kInvalid: one byte that belongs to no character.
  std::string_view bytes;
};

bool continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/// How long a character is that begins with `lead`, as Unicode 15, table 3-7 has it; 0 for no lead byte.
std::size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/// Takes the first character off `text`. REQUIRES: not empty.
Character take_character(std::string_view& text) {
  const auto byte = [&text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const std::size_t length = length_of(byte(0));
  constexpr char32_t kLeadBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t code = length == 0 ? kInvalid : byte(0) & kLeadBits[length];
  for (std::size_t i = 1; i < length && code != kInvalid; ++i) {
    code = i < text.size() && continues(byte(i)) ? (code << 6) | (byte(i) & 0x3f) : kInvalid;
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  const bool too_long = (length == 3 && code < 0x800) || (length == 4 && (code < 0x10000 || code > 0x10ffff));
  if (surrogate || too_long) code = kInvalid;
  const Character character{code, text.substr(0, code == kInvalid ? 1 : length)};
  text.remove_prefix(character.bytes.size());
  return character;
}

/// C0 and C1 controls, line and paragraph separators, and what changes the direction of text.
bool acts_on_the_reader(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || (code >= 0x200e && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

void append_hex(std::string& out, char32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += kDigits[(value >> shift) & 15];
}

/// The escapes that JSON and the text format share; false if `code` has none.
bool append_short_escape(std::string& out, char32_t code) {
  switch (code) {
    case '\n': out += "\\n"; return true;
    case '\r': out += "\\r"; return true;
    case '\t': out += "\\t"; return true;
    case '\\': out += "\\\\"; return true;
    default: return false;
  }
}

void append_character(std::string& out, const Character& character, bool quoted) {
  if (character.code == kInvalid) {
    out += "\\x";
    append_hex(out, static_cast<unsigned char>(character.bytes[0]), 2);
  } else if (append_short_escape(out, character.code)) {
    return;
  } else if (quoted && character.code == '"') {
    out += "\\\"";
  } else if (acts_on_the_reader(character.code)) {
    out += character.code < 0x100 ? "\\x" : "\\u";
    append_hex(out, character.code, character.code < 0x100 ? 2 : 4);
  } else {
    out += character.bytes;
  }
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const Character character = take_character(text);
    if (character.code == kInvalid) {
      out += kReplacement;
    } else if (append_short_escape(out, character.code)) {
      continue;
    } else if (character.code == '"') {
      out += "\\\"";
    } else if (acts_on_the_reader(character.code)) {
      out += "\\u";
      append_hex(out, character.code, 4);
    } else {
      out += character.bytes;
    }
  }
  out += '"';
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) append_character(out, take_character(text), false);
}

void append_value(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(" \"=") == std::string_view::npos) return append_escaped(out, text);
  out += '"';
  while (!text.empty()) append_character(out, take_character(text), true);
  out += '"';
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = take_character(text);
    out += character.code == kInvalid ? kReplacement : character.bytes;
  }
  return out;
}

}  // namespace konduit::telemetry
