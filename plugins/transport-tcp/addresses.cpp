#include "transport-tcp/addresses.hpp"

#include <cstring>

namespace konduit::transport_tcp {

using asio::ip::tcp;

std::string endpoint_text(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
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
