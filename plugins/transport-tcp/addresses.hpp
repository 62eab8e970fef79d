#pragma once

#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

#include "konduit/asio.hpp"
#include "resolver/address.hpp"

namespace konduit::transport_tcp {

using resolver::parse_address;
using resolver::plain;

/// "192.0.2.7:80", "[2001:db8::1]:80".
std::string endpoint_text(const asio::ip::tcp::endpoint& endpoint);
/// "tcp://192.0.2.7:80", of what accept, getsockname or getpeername gave.
std::string endpoint_url(const sockaddr_storage& address);

/// In the order of RFC 8305 section 4: families take turns, the first address's family begins; nothing else changes
/// places.
std::vector<asio::ip::tcp::endpoint> interleave(const std::vector<asio::ip::address>& addresses, std::uint16_t port);

}  // namespace konduit::transport_tcp
