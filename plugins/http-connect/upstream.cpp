#include "http-connect/upstream.hpp"

#include <charconv>
#include <cstdint>

namespace konduit::http_connect {
namespace {

/// RFC 4648, section 4.
std::string base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    const std::string_view part = text.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) encoded += i <= part.size() ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
  }
  return encoded;
}

std::string first_line(std::string_view head) { return std::string(head.substr(0, head.find_first_of("\r\n"))); }

DialErrc class_of(unsigned status) {
  switch (status) {
    case 403:
    case 407: return DialErrc::denied;
    case 503: return DialErrc::overloaded;
    case 504: return DialErrc::timeout;
    default: return DialErrc::refused;
  }
}

}  // namespace

std::string connect_request(const Target& target, const std::optional<ProxyCredentials>& credentials) {
  const std::string authority = target.text();
  std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (credentials) {
    request += "Proxy-Authorization: Basic " + base64(credentials->username + ":" + credentials->password) + "\r\n";
  }
  return request + "\r\n";
}

std::optional<unsigned> status_of(std::string_view head) {
  constexpr std::size_t kCode = std::string_view("HTTP/1.1 ").size();
  constexpr std::size_t kEnd = kCode + 3;
  if (!head.starts_with("HTTP/1.") || head.size() <= kEnd || head[kCode - 1] != ' ') return std::nullopt;
  unsigned status = 0;
  const auto [end, error] = std::from_chars(head.data() + kCode, head.data() + kEnd, status);
  const bool whole = error == std::errc() && end == head.data() + kEnd && (head[kEnd] == ' ' || head[kEnd] == '\r');
  return whole && status >= 100 ? std::optional(status) : std::nullopt;
}

DialError refusal_of(std::string_view proxy, unsigned status, std::string_view head) {
  std::string text = "the proxy " + std::string(proxy) + " answered " + first_line(head);
  if (status == 407) text += ": it wants another username and password";
  return {class_of(status), status >= 500, std::move(text)};
}

}  // namespace konduit::http_connect
