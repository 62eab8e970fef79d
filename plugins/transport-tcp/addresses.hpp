#pragma once

#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/asio.hpp"

namespace konduit::transport_tcp {

/// An address literal (without brackets), or nothing. An IPv4 address in IPv6's clothes (::ffff:a.b.c.d) comes out as
/// the former: rules about addresses must not depend on the spelling.
std::optional<asio::ip::address> parse_address(std::string_view text);

/// The same for an address that came from elsewhere.
asio::ip::address plain(const asio::ip::address& address);

/// "192.0.2.7:80", "[2001:db8::1]:80".
std::string endpoint_text(const asio::ip::tcp::endpoint& endpoint);
/// "tcp://192.0.2.7:80", of what accept, getsockname or getpeername gave.
std::string endpoint_url(const sockaddr_storage& address);

/// In the order of RFC 8305 section 4: families take turns, the first address's family begins; nothing else changes
/// places.
std::vector<asio::ip::tcp::endpoint> interleave(const std::vector<asio::ip::address>& addresses, std::uint16_t port);

}  // namespace konduit::transport_tcp
