#pragma once

#include <optional>
#include <string_view>

#include "http2/grpc.hpp"
#include "http2/headers.hpp"

namespace konduit::transport_grpc {

/// A method of the two services, and what a request that is not for it is answered with.
struct Method {
  std::string_view service;
  std::string_view name;

  /// The answer (to be sent with `end`) that refuses `request`; nothing where it is a call of this method.
  std::optional<http2::Headers> refuse(const http2::Headers& request) const;
};

inline constexpr Method kProxy{"ProxyService", "Proxy"};
inline constexpr Method kConnect{"AgentService", "Connect"};

}  // namespace konduit::transport_grpc
