#include "lb-discovery/server_url.hpp"

#include "konduit/dial.hpp"

namespace konduit::lb {

namespace {

// By the reader of targets: a server that is taken here must be one that can be dialled.
bool is_port(std::string_view text) {
  const auto target = Target::parse("host:" + std::string(text));
  return target.has_value() && target->port != 0;
}

/// Where the host ends; an IPv6 address without brackets has no port.
std::size_t host_end(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    return bracket == std::string_view::npos ? bracket : bracket + 1;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return text.size();
  return colon;
}

}  // namespace

std::optional<std::string> server_url(std::string_view text, std::uint16_t default_port, std::string& error) {
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) {
    if (scheme != 0 && text.size() > scheme + 3) return std::string(text);
    error = "a url has a scheme and an address: tcp://host:8091";
    return std::nullopt;
  }
  const auto end = host_end(text);
  if (end == std::string_view::npos) {
    error = "the bracket is not closed";
    return std::nullopt;
  }
  const std::string host(text.substr(0, end));
  const auto rest = text.substr(end);
  const std::string bracketed = !host.starts_with('[') && host.find(':') != std::string::npos ? "[" + host + "]" : host;
  if (!Target::parse(bracketed + ":0")) {
    error = "\"" + std::string(text) + "\" is not host, host:port or a url";
    return std::nullopt;
  }
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) {
    error = "\"" + std::string(rest) + "\" is not a colon and a port in 1..65535";
    return std::nullopt;
  }
  return "tcp://" + bracketed + (rest.empty() ? ":" + std::to_string(default_port) : std::string(rest));
}

}  // namespace konduit::lb
