#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace konduit::flags {

/// What HTTPS_PROXY says of a proxy.
struct UpstreamProxy {
  std::string variable;  ///< Which one said it.
  std::string url;       ///< "tcp://host:port"; empty: it says something else, which `fault` explains.
  bool tls = false;
  std::string username;
  std::string password;
  std::string fault;
};

/// The value of an environment variable; empty if it is not set.
using Environment = std::function<std::string(const std::string& name)>;
std::string process_environment(const std::string& name);

/// Whether HTTPS_PROXY says anything.
bool proxy_is_set(const Environment& environment);

/// The proxy through which connections to host:port go, by HTTPS_PROXY and NO_PROXY (or in lower case), as Go's
/// programs read them: golang.org/x/net/http/httpproxy. Nothing: directly. Localhost is always reached directly.
std::optional<UpstreamProxy> proxy_for(std::string_view host, std::string_view port, const Environment& environment);

}  // namespace konduit::flags
