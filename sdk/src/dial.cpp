#include "konduit/dial.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace konduit {
namespace {

constexpr std::size_t kLongestHost = 255;

// What may stand in a name or an address: a character beyond these would change the meaning of a log line, a request
// head or a url that the host is written into.
bool host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool valid_host(std::string_view host) noexcept {
  return !host.empty() && host.size() <= kLongestHost && std::all_of(host.begin(), host.end(), host_character);
}

// Asio reads an address up to its first zero byte, and most zones not at all.
bool valid_ipv6(std::string_view host) {
  if (host.size() > kLongestHost || host.find('\0') != std::string_view::npos) return false;
  const auto zone = host.find('%');
  if (zone != std::string_view::npos && !valid_host(host.substr(zone + 1))) return false;
  error_code error;
  asio::ip::make_address_v6(host, error);
  return !error;
}

bool parse_port(std::string_view text, std::uint16_t& port) noexcept {
  if (text.empty() || text.size() > 5) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string Target::text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

Result<Target> Target::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  Target target;
  if (colon == std::string_view::npos || !parse_port(text.substr(colon + 1), target.port)) return StreamErrc::protocol;
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!(bracketed ? valid_ipv6(host) : valid_host(host))) return StreamErrc::protocol;
  target.host = host;
  return target;
}

std::string_view to_string(DialErrc code) noexcept {
  switch (code) {
    case DialErrc::refused: return "refused";
    case DialErrc::timeout: return "timeout";
    case DialErrc::unresolvable: return "unresolvable";
    case DialErrc::no_route: return "no_route";
    case DialErrc::denied: return "denied";
    case DialErrc::overloaded: return "overloaded";
    case DialErrc::peer_gone: return "peer_gone";
    case DialErrc::cancelled: return "cancelled";
  }
  return "unknown";
}

void throw_exception_from_error(const DialError& error, const boost::source_location&) {
  throw std::runtime_error("dial failed (" + std::string(to_string(error.code)) + "): " + error.text);
}

}  // namespace konduit
