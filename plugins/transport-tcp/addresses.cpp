#include "transport-tcp/addresses.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace konduit::transport_tcp {

using asio::ip::tcp;

namespace {

/// By hand, because the system's formatter is many times slower and every dial says where it went.
std::string v4_text(const asio::ip::address_v4& address, std::uint16_t port) {
  std::array<char, sizeof "255.255.255.255:65535"> text;
  char* at = text.data();
  for (const unsigned char part : address.to_bytes()) {
    at = std::to_chars(at, text.end(), part).ptr;
    *at++ = '.';
  }
  at[-1] = ':';
  at = std::to_chars(at, text.end(), port).ptr;
  return {text.data(), at};
}

}  // namespace

std::string endpoint_text(const tcp::endpoint& endpoint) {
  if (endpoint.address().is_v4()) return v4_text(endpoint.address().to_v4(), endpoint.port());
  const std::string host = endpoint.address().to_string();
  return "[" + host + "]:" + std::to_string(endpoint.port());
}

std::string endpoint_url(const sockaddr_storage& address) {
  tcp::endpoint endpoint;
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return "tcp://";
  std::memcpy(endpoint.data(), &address, address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  return "tcp://" + endpoint_text({plain(endpoint.address()), endpoint.port()});
}

std::vector<tcp::endpoint> interleave(const std::vector<asio::ip::address>& addresses, std::uint16_t port) {
  std::vector<tcp::endpoint> ordered;
  ordered.reserve(addresses.size());
  std::size_t first = 0;
  std::size_t second = 0;
  const auto next = [&](std::size_t& from, bool of_first_family) {
    while (from < addresses.size() && (addresses[from].is_v6() == addresses.front().is_v6()) != of_first_family) ++from;
    if (from < addresses.size()) ordered.emplace_back(addresses[from++], port);
  };
  while (ordered.size() < addresses.size()) {
    next(first, true);
    next(second, false);
  }
  return ordered;
}

}  // namespace konduit::transport_tcp
