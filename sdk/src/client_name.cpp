#include "konduit/client_name.hpp"

namespace konduit {

namespace {

std::string_view host_of(std::string_view address) noexcept {
  const std::size_t port = address.rfind(':');
  const std::size_t scheme = address.find("://");
  if (port == std::string_view::npos || port == scheme) return address;
  return address.substr(0, port);
}

}  // namespace

std::string_view client_name(const Peer& peer) noexcept {
  return peer.identity.empty() ? host_of(peer.address) : std::string_view(peer.identity);
}

}  // namespace konduit
