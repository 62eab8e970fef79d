#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "konduit/dial.hpp"

/// HTTP CONNECT as its client speaks it (RFC 9110, 9.3.6): how bytes look, and what an answer means.
namespace konduit::http_connect {

/// User and password of Basic authentication (RFC 7617).
struct ProxyCredentials {
  std::string username;
  std::string password;
};

/// The request for a tunnel to `target`.
std::string connect_request(const Target& target, const std::optional<ProxyCredentials>& credentials);

/// The status of an answer's head ("HTTP/1.1 407 Proxy Authentication Required\r\n…"); nothing where it is none.
std::optional<unsigned> status_of(std::string_view head);

/// What a proxy's refusal means for the dial. `proxy` names it.
DialError refusal_of(std::string_view proxy, unsigned status, std::string_view head);

}  // namespace konduit::http_connect
