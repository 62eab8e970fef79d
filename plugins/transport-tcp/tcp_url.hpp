#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace konduit::transport_tcp {

/// "tcp://host:port" taken apart. The host is without brackets, empty for all addresses; the port may be 0.
struct TcpUrl {
  std::string host;
  std::uint16_t port = 0;
  std::string error;  ///< A sentence that says what is wrong; empty if nothing.
};

TcpUrl parse_tcp_url(std::string_view url);

}  // namespace konduit::transport_tcp
