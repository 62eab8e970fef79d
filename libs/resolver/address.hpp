#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

#include "konduit/asio.hpp"

namespace konduit::resolver {

/// An address literal (without brackets), or nothing. An IPv4 address in IPv6's clothes (::ffff:a.b.c.d) comes out as
/// the former: rules about addresses must not depend on the spelling.
std::optional<asio::ip::address> parse_address(std::string_view text);

/// The same for an address that came from elsewhere.
asio::ip::address plain(const asio::ip::address& address);

}  // namespace konduit::resolver
