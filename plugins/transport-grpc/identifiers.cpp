#include "transport-grpc/identifiers.hpp"

#include <utility>

namespace konduit::transport_grpc {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

int hex_digit(char character) noexcept {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

bool is_unreserved(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '-' || character == '_' || character == '.' ||
         character == '~';
}

std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      plain.push_back(' ');
    } else if (text[at] != '%') {
      plain.push_back(text[at]);
    } else {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[at + 1]);
      const int low = hex_digit(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      plain.push_back(static_cast<char>(high << 4 | low));
      at += 2;
    }
  }
  return plain;
}

void escape(std::string_view text, std::string& into) {
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (is_unreserved(character)) {
      into.push_back(character);
    } else if (character == ' ') {
      into.push_back('+');
    } else {
      into.push_back('%');
      into.push_back(kHex[byte >> 4]);
      into.push_back(kHex[byte & 15]);
    }
  }
}

}  // namespace

std::optional<Identifiers> parse_identifiers(std::string_view query) {
  Identifiers identifiers;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    if (pair.find(';') != std::string_view::npos || identifiers.size() == kMostIdentifiers) return std::nullopt;
    const std::size_t equals = pair.find('=');
    auto key = unescape(pair.substr(0, equals));
    auto value = unescape(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!key || !value) return std::nullopt;
    identifiers.emplace(std::move(*key), std::move(*value));
  }
  return identifiers;
}

std::string encode_identifiers(const Identifiers& identifiers) {
  std::string query;
  for (const auto& [key, value] : identifiers) {
    if (!query.empty()) query.push_back('&');
    escape(key, query);
    query.push_back('=');
    escape(value, query);
  }
  return query;
}

}  // namespace konduit::transport_grpc
