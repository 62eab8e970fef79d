#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "konduit/asio.hpp"

namespace konduit::targets {

/// The same address in one spelling: IPv4-mapped IPv6 (RFC 4291 2.5.5.2) becomes IPv4, and a zone is dropped, so that
/// an address cannot be written past a rule.
asio::ip::address normalised(const asio::ip::address& address);

/// The addresses that share a prefix (RFC 4632). IPv4 and IPv6 are apart: ::/0 holds no IPv4 address.
class Network {
 public:
  /// Reads "10.0.0.0/8", "fd00::/8", or a single address. Empty if it is none; `error` then says why.
  static std::optional<Network> parse(std::string_view text, std::string& error);

  /// REQUIRES: `address` is normalised.
  bool contains(const asio::ip::address& address) const noexcept;

 private:
  Network(const asio::ip::address& base, unsigned prefix);

  std::array<std::uint8_t, 16> bytes_{};
  bool v4_ = false;
  unsigned prefix_ = 0;
};

}  // namespace konduit::targets
