#include "transport-tcp/bind.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "konduit/error.hpp"
#include "konduit/shard.hpp"
#include "socket/acceptor.hpp"
#include "socket/errors.hpp"
#include "socket/file_descriptor.hpp"

#include "transport-tcp/addresses.hpp"
#include "transport-tcp/tcp_url.hpp"

namespace konduit::transport_tcp {

namespace {

using asio::ip::tcp;

constexpr int kBacklog = 4096;

[[noreturn]] void refuse(const std::string& url, const std::string& why) {
  throw StartError("cannot listen on " + url + ": " + why);
}

std::string advice(int number) {
  switch (number) {
    case EADDRINUSE: return "the address is in use: another process listens there";
    case EADDRNOTAVAIL: return "no interface of this host has the address";
    case EACCES: return "permission denied: ports below 1024 need CAP_NET_BIND_SERVICE";
    default: return socket::error_words(number);
  }
}

tcp::endpoint endpoint_of(const std::string& url) {
  const TcpUrl parsed = parse_tcp_url(url);
  if (!parsed.error.empty()) throw StartError("cannot listen on " + parsed.error);
  if (parsed.host.empty()) return {asio::ip::address_v6::any(), parsed.port};
  if (parsed.host == "localhost") return {asio::ip::address_v4::loopback(), parsed.port};
  const auto address = parse_address(parsed.host);
  if (!address) refuse(url, "the host must be an address, not a name (0.0.0.0 or nothing: all addresses)");
  return {*address, parsed.port};
}

/// A listening socket, or errno in `failure`.
socket::FileDescriptor listen_on(const tcp::endpoint& endpoint, int backlog, int& failure) {
  socket::FileDescriptor listening(
      ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  const int on = 1;
  const int off = 0;
  if (listening) ::setsockopt(listening.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // The wildcard serves both families, whatever the system's default is.
  if (listening && endpoint.address().is_v6())
    ::setsockopt(listening.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (!listening || ::bind(listening.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(listening.get(), backlog) != 0) {
    failure = errno;
    return {};
  }
  return listening;
}

std::string bound_url(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return endpoint_url(address);
}

std::string describe(int, const sockaddr_storage& address) { return endpoint_url(address); }

class TcpBinding final : public Binding {
 public:
  explicit TcpBinding(socket::FileDescriptor listening)
      : url_(bound_url(listening.get())), listening_(std::move(listening)) {}

  const std::string& url() const noexcept override { return url_; }

  std::unique_ptr<Acceptor> open(Shard& shard, const Liveness& liveness) override {
    return std::make_unique<socket::SocketAcceptor>(shard, socket::duplicate(listening_.get()), socket::Family::tcp,
                                                    liveness, &describe);
  }

 private:
  const std::string url_;
  const socket::FileDescriptor listening_;
};

}  // namespace

std::unique_ptr<Binding> bind_tcp(const config::Node& endpoint) {
  const std::string& url = endpoint["url"].text();
  const config::Node& backlog = endpoint["backlog"];
  const int waiting = backlog ? static_cast<int>(backlog.integer()) : kBacklog;
  tcp::endpoint wanted = endpoint_of(url);
  int failure = 0;
  auto listening = listen_on(wanted, waiting, failure);
  const bool no_v6 = failure == EAFNOSUPPORT || failure == EADDRNOTAVAIL;
  if (!listening && no_v6 && wanted.address() == asio::ip::address_v6::any()) {
    failure = 0;
    wanted.address(asio::ip::address_v4::any());
    listening = listen_on(wanted, waiting, failure);
  }
  if (!listening) refuse(url, advice(failure));
  return std::make_unique<TcpBinding>(std::move(listening));
}

}  // namespace konduit::transport_tcp
