#pragma once

#include <boost/asio/ip/address.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "konduit/asio.hpp"

namespace konduit::lb {

/// A network as agents write it in their identifiers: "10.0.0.0/8", "2001:db8::/32". Ordered so that those of one
/// family and length are side by side.
struct Network {
  bool v6 = false;
  std::uint8_t length = 0;                 ///< Of the prefix, in bits.
  std::array<std::uint8_t, 16> address{};  ///< 4 bytes of it for IPv4; 0 behind the prefix.

  auto operator<=>(const Network&) const = default;
};

/// Bits behind the prefix may be set, as in "127.0.0.1/16". Nothing where the text is no network.
std::optional<Network> parse_network(std::string_view text);

/// The network of `length` that `address` is in. REQUIRES: length is at most 32, or 128 for IPv6.
Network network_of(const asio::ip::address& address, std::uint8_t length);

}  // namespace konduit::lb
