#include "targets/alias.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

namespace konduit::targets {

namespace {

/// A prefix of IPv6 addresses, and where the IPv4 address begins in them.
struct Carrier {
  std::uint8_t prefix[12];
  std::size_t length;
  std::size_t at;
};

constexpr Carrier kCarriers[] = {
    {{0x00, 0x64, 0xff, 0x9b}, 12, 12},                          // 64:ff9b::/96
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 6, 12},               // 64:ff9b:1::/48, where its own prefixes are /96
    {{0x20, 0x02}, 2, 2},                                        // 2002::/16
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0x00, 0x00}, 12, 12},  // ::ffff:0:0:0/96
    {{}, 12, 12},                                                // ::/96
};

}  // namespace

std::optional<asio::ip::address> alias_of(const asio::ip::address& address) {
  if (address.is_v4()) {
    if (!address.is_unspecified()) return std::nullopt;
    return asio::ip::address_v4::loopback();
  }
  if (address.is_unspecified()) return asio::ip::address_v6::loopback();
  if (address.is_loopback()) return std::nullopt;
  const auto bytes = address.to_v6().to_bytes();
  for (const Carrier& carrier : kCarriers) {
    if (!std::equal(carrier.prefix, carrier.prefix + carrier.length, bytes.begin())) continue;
    asio::ip::address_v4::bytes_type carried;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(carrier.at), carried.size(), carried.begin());
    return asio::ip::address_v4(carried);
  }
  return std::nullopt;
}

}  // namespace konduit::targets
