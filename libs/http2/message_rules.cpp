#include "http2/message_rules.hpp"

#include <algorithm>
#include <array>

namespace konduit::http2 {

namespace {

bool token_character(char c) noexcept {
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool pseudo(std::string_view name) noexcept { return name.starts_with(':'); }

// RFC 9113 8.2.2: fields that speak about the connection have no meaning here.
bool connection_specific(const Header& field) noexcept {
  static constexpr std::array<std::string_view, 5> kNames = {"connection", "keep-alive", "proxy-connection",
                                                             "transfer-encoding", "upgrade"};
  if (std::find(kNames.begin(), kNames.end(), field.name) != kNames.end()) return true;
  return field.name == "te" && field.value != "trailers";
}

std::string_view common_fault(const Headers& headers) noexcept {
  bool regular = false;
  for (const Header field : headers) {
    if (pseudo(field.name) && regular) return "a pseudo-field follows a regular one";
    regular = regular || !pseudo(field.name);
    if (connection_specific(field)) return "a field belongs to HTTP/1.1";
  }
  return {};
}

template <std::size_t Size>
bool only_pseudo(const Headers& headers, const std::array<std::string_view, Size>& known) noexcept {
  for (const Header field : headers) {
    if (pseudo(field.name) && std::find(known.begin(), known.end(), field.name) == known.end()) return false;
  }
  return std::all_of(known.begin(), known.end(), [&](std::string_view name) { return headers.count(name) <= 1; });
}

}  // namespace

bool valid_field_name(std::string_view name) noexcept {
  if (pseudo(name)) name.remove_prefix(1);
  return !name.empty() && std::all_of(name.begin(), name.end(), token_character);
}

bool valid_field_value(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(), [](char c) { return c == '\0' || c == '\r' || c == '\n'; });
}

std::string_view request_fault(const Headers& headers) noexcept {
  static constexpr std::array<std::string_view, 4> kKnown = {":method", ":scheme", ":authority", ":path"};
  if (!only_pseudo(headers, kKnown)) return "an unknown or repeated pseudo-field";
  if (headers.get(":method").empty()) return "no :method";
  if (headers.get(":method") == "CONNECT") {
    if (headers.get(":authority").empty()) return "CONNECT without :authority";
  } else if (headers.get(":scheme").empty() || headers.get(":path").empty()) {
    return "no :scheme or no :path";
  }
  return common_fault(headers);
}

std::string_view response_fault(const Headers& headers) noexcept {
  static constexpr std::array<std::string_view, 1> kKnown = {":status"};
  if (!only_pseudo(headers, kKnown)) return "an unknown or repeated pseudo-field";
  const std::string_view status = headers.get(":status");
  const bool digits = std::all_of(status.begin(), status.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (status.size() != 3 || !digits || status[0] == '0') return "no valid :status";
  return common_fault(headers);
}

std::string_view trailers_fault(const Headers& headers) noexcept {
  for (const Header field : headers) {
    if (pseudo(field.name)) return "a pseudo-field in trailers";
  }
  return common_fault(headers);
}

bool informational(const Headers& response) noexcept { return response.get(":status").starts_with('1'); }

}  // namespace konduit::http2
