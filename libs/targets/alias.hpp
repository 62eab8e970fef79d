#pragma once

#include <optional>

#include "konduit/asio.hpp"

namespace konduit::targets {

/// Where else a dial to an address may end, though it does not look like it: the IPv4 address that an IPv6 address
/// carries for a translator or a tunnel (NAT64, RFC 6052 and 8215; 6to4, RFC 3056; IPv4-compatible, RFC 4291;
/// IPv4-translated, RFC 2765), and this host for the unspecified address. Nothing for all others, IPv4-mapped ones
/// included: those are the same address, see normalised().
std::optional<asio::ip::address> alias_of(const asio::ip::address& address);

}  // namespace konduit::targets
