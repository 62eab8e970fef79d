#include "targets/network.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

namespace konduit::targets {

namespace {

/// An IPv4 address fills the first four bytes.
std::array<std::uint8_t, 16> bytes_of(const asio::ip::address& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (address.is_v4()) {
    std::ranges::copy(address.to_v4().to_bytes(), bytes.begin());
  } else {
    std::ranges::copy(address.to_v6().to_bytes(), bytes.begin());
  }
  return bytes;
}

bool equal_prefix(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
                  unsigned bits) noexcept {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

std::array<std::uint8_t, 16> masked(std::array<std::uint8_t, 16> bytes, unsigned bits) noexcept {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::clamp(static_cast<int>(bits) - static_cast<int>(i * 8), 0, 8);
    bytes[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
  return bytes;
}

asio::ip::address address_of(const std::array<std::uint8_t, 16>& bytes, bool v4) {
  if (v4) return asio::ip::make_address_v4(asio::ip::address_v4::bytes_type{bytes[0], bytes[1], bytes[2], bytes[3]});
  asio::ip::address_v6::bytes_type v6;
  std::ranges::copy(bytes, v6.begin());
  return asio::ip::make_address_v6(v6);
}

constexpr unsigned kMappedPrefix = 96;

}  // namespace

asio::ip::address normalised(const asio::ip::address& address) {
  if (address.is_v4()) return address;
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
  return asio::ip::address_v6(v6.to_bytes());
}

Network::Network(const asio::ip::address& base, unsigned prefix)
    : bytes_(bytes_of(base)), v4_(base.is_v4()), prefix_(prefix) {}

std::optional<Network> Network::parse(std::string_view text, std::string& error) {
  const auto slash = text.find('/');
  const std::string host(text.substr(0, slash));
  // Asio drops the zones of most addresses, and what stands behind a zero byte.
  if (host.find('%') != std::string::npos) {
    error = "a rule cannot name a zone";
    return std::nullopt;
  }
  boost::system::error_code code;
  const auto written = asio::ip::make_address(host, code);
  if (code || host.find('\0') != std::string::npos) {
    error = "\"" + host + "\" is not an IP address";
    return std::nullopt;
  }
  unsigned most = written.is_v4() ? 32 : 128;
  unsigned prefix = most;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (failed != std::errc{} || end != digits.data() + digits.size() || prefix > most) {
      error = "the prefix length \"" + std::string(digits) + "\" is not in 0.." + std::to_string(most);
      return std::nullopt;
    }
  }
  const auto base = normalised(written);
  if (base.is_v4() && written.is_v6()) {
    if (prefix < kMappedPrefix) {
      error = "an IPv4-mapped network needs a prefix length of " + std::to_string(kMappedPrefix) + " or more";
      return std::nullopt;
    }
    prefix -= kMappedPrefix;
  }
  Network network(base, prefix);
  if (const auto clean = masked(network.bytes_, prefix); clean != network.bytes_) {
    error = "there are bits behind the prefix; write " + address_of(clean, network.v4_).to_string() + "/" +
            std::to_string(prefix) + ", or " + base.to_string() + " for this address alone";
    return std::nullopt;
  }
  return network;
}

bool Network::contains(const asio::ip::address& address) const noexcept {
  return address.is_v4() == v4_ && equal_prefix(bytes_, bytes_of(address), prefix_);
}

}  // namespace konduit::targets
