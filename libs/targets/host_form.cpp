#include "targets/host_form.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <string>

#include "konduit/result.hpp"
#include "targets/network.hpp"

namespace konduit::targets {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_name_character(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

/// A name whose last label is a number is read as an IPv4 address by who reads such names at all (as browsers do: URL
/// Standard, "ends in a number").
bool ends_in_a_number(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto label = host.substr(host.rfind('.') + 1);
  const bool hexadecimal = label.starts_with("0x") || label.starts_with("0X");
  if (hexadecimal) return std::ranges::all_of(label.substr(2), is_hex);
  return !label.empty() && std::ranges::all_of(label, is_digit);
}

}  // namespace

HostForm form_of(std::string_view host) {
  if (host.empty()) return {.address = {}, .fault = "it is empty"};
  // Asio reads no further than a zero byte, and takes any text for a zone.
  const auto number = host.substr(0, host.find('%'));
  const bool plain = std::ranges::all_of(number, [](char c) { return is_hex(c) || c == ':' || c == '.'; }) &&
                     std::ranges::all_of(host.substr(number.size()), [](char c) { return c > ' ' && c < 0x7f; });
  error_code none;
  const auto address = asio::ip::make_address(std::string(host), none);
  if (plain && !none) return {.address = normalised(address), .fault = {}};
  if (!std::ranges::all_of(host, is_name_character)) return {.address = {}, .fault = "no name holds such characters"};
  if (host.front() == '.' || host.find("..") != std::string_view::npos) {
    return {.address = {}, .fault = "no name has an empty label"};
  }
  if (ends_in_a_number(host)) return {.address = {}, .fault = "it is a number that not everybody reads alike"};
  return {};
}

}  // namespace konduit::targets
