#include "config/encoding.hpp"

#include <cstdio>

namespace konduit::config {
namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

/// The length of the well-formed character at `position`, 0 if there is none. RFC 3629, section 4.
std::size_t character_length(std::string_view text, std::size_t position) {
  auto byte = [&](std::size_t offset) -> unsigned {
    return position + offset < text.size() ? static_cast<unsigned char>(text[position + offset]) : 0U;
  };
  unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(static_cast<unsigned char>(byte(i)))) return 0;
  }
  bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  bool surrogate = first == 0xED && byte(1) > 0x9F;
  bool beyond = first == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

bool is_control(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

std::string hexadecimal(const char* format, char c) {
  char text[64];
  std::snprintf(text, sizeof text, format, static_cast<unsigned>(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t length = character_length(text, position);
    if (length == 0) return false;
    position += length;
  }
  return true;
}

std::optional<IllegalText> find_illegal_text(std::string_view text) {
  std::uint32_t line = 1;
  std::size_t line_start = 0;
  std::size_t position = 0;
  while (position < text.size()) {
    auto column = static_cast<std::uint32_t>(position - line_start + 1);
    if (is_control(text[position])) {
      return IllegalText{hexadecimal("the control character 0x%02X is not allowed", text[position]), line, column};
    }
    std::size_t length = character_length(text, position);
    if (length == 0) return IllegalText{hexadecimal("the byte 0x%02X is not UTF-8 here", text[position]), line, column};
    if (text[position] == '\n') {
      ++line;
      line_start = position + 1;
    }
    position += length;
  }
  return std::nullopt;
}

}  // namespace konduit::config
