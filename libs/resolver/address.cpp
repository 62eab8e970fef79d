#include "resolver/address.hpp"

#include <string>

#include "konduit/result.hpp"

namespace konduit::resolver {

std::optional<asio::ip::address> parse_address(std::string_view text) {
  error_code failure;
  const auto address = asio::ip::make_address(std::string(text), failure);
  if (failure) return std::nullopt;
  return plain(address);
}

asio::ip::address plain(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

}  // namespace konduit::resolver
