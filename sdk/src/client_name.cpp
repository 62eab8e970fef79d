#include "konduit/client_name.hpp"

namespace konduit {

namespace {

std::string_view host_of(std::string_view address) noexcept {
  constexpr std::string_view kSchemeEnd = "://";
  const std::size_t port = address.rfind(':');
  const std::size_t scheme = address.find(kSchemeEnd);
  if (port == std::string_view::npos) return address;
  // What stands there without a port is a process, which a client has as many of as it likes.
  return address.substr(0, port == scheme ? scheme + kSchemeEnd.size() : port);
}

}  // namespace

std::string_view client_name(const Peer& peer) noexcept {
  return peer.identity.empty() ? host_of(peer.address) : std::string_view(peer.identity);
}

}  // namespace konduit
