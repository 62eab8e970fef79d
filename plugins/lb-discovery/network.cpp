#include "lb-discovery/network.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "konduit/result.hpp"

namespace konduit::lb {

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  error_code failure;
  const auto address = asio::ip::make_address(std::string(text.substr(0, slash)), failure);
  if (failure || (address.is_v6() && address.to_v6().scope_id() != 0)) return std::nullopt;
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool number = error == std::errc() && end == digits.data() + digits.size();
  if (!number || length > (address.is_v6() ? 128U : 32U)) return std::nullopt;
  return network_of(address, static_cast<std::uint8_t>(length));
}

Network network_of(const asio::ip::address& address, std::uint8_t length) {
  Network network;
  network.v6 = address.is_v6();
  network.length = length;
  if (network.v6) {
    network.address = address.to_v6().to_bytes();
  } else {
    std::ranges::copy(address.to_v4().to_bytes(), network.address.begin());
  }
  for (std::size_t i = 0; i < network.address.size(); ++i) {
    const auto bits = std::clamp<int>(static_cast<int>(length) - static_cast<int>(8 * i), 0, 8);
    network.address[i] = static_cast<std::uint8_t>(network.address[i] & (0xff00U >> bits));
  }
  return network;
}

}  // namespace konduit::lb
