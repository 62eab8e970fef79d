#include "transport-tcp/tcp_url.hpp"

#include <algorithm>
#include <charconv>

#include "konduit/dial.hpp"

namespace konduit::transport_tcp {

namespace {

constexpr std::string_view kScheme = "tcp://";

bool parse_port(std::string_view text, std::uint16_t& port) noexcept {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc() && end == text.data() + text.size();
}

bool host_character(char c) noexcept {
  return static_cast<unsigned char>(c) > ' ' && c != 0x7f &&
         std::string_view("/?#@[]:").find(c) == std::string_view::npos;
}

}  // namespace

TcpUrl parse_tcp_url(std::string_view url) {
  const auto wrong = [url](const char* what) { return TcpUrl{{}, 0, "\"" + std::string(url) + "\": " + what}; };
  if (!url.starts_with(kScheme)) return wrong("expected tcp://HOST:PORT");
  const std::string_view rest = url.substr(kScheme.size());
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon < rest.rfind(']') + 1)
    return wrong("the port is missing: tcp://HOST:PORT");

  TcpUrl parsed;
  if (!parse_port(rest.substr(colon + 1), parsed.port)) return wrong("the port must be a number from 0 to 65535");
  std::string_view host = rest.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 4) return wrong("the brackets around the IPv6 address do not match");
    host = host.substr(1, host.size() - 2);
    if (!Target::parse('[' + std::string(host) + "]:0")) return wrong("only IPv6 addresses stand in brackets");
  } else if (host.find(':') != std::string_view::npos) {
    return wrong("an IPv6 address needs brackets: tcp://[ADDRESS]:PORT");
  } else if (!std::all_of(host.begin(), host.end(), host_character)) {
    return wrong("the host has a character that no host name has; a path or user is not part of a tcp url");
  }
  parsed.host = host;
  return parsed;
}

}  // namespace konduit::transport_tcp
