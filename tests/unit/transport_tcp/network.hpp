#pragma once

#include <vector>

#include "../socket/loopback.hpp"
#include "konduit/asio.hpp"

namespace konduit::transport_tcp::test {

using Endpoint = asio::ip::tcp::endpoint;

inline Endpoint endpoint_of(const sockaddr_in& address) {
  return {asio::ip::address_v4::loopback(), ntohs(address.sin_port)};
}

/// Listens on 127.0.0.1.
class Listening {
 public:
  explicit Listening(int backlog = 16) {
    auto [descriptor, address] = socket::test::tcp_listener(backlog);
    descriptor_ = std::move(descriptor);
    endpoint_ = endpoint_of(address);
    address_ = address;
  }

  const Endpoint& endpoint() const noexcept { return endpoint_; }
  const sockaddr_in& address() const noexcept { return address_; }
  socket::FileDescriptor accept() const {
    return socket::FileDescriptor(::accept4(descriptor_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  socket::FileDescriptor descriptor_;
  sockaddr_in address_{};
  Endpoint endpoint_;
};

/// An endpoint that does not answer: its backlog is full, so the system drops what asks for a connection.
class BlackHole {
 public:
  BlackHole() : listening_(0) {
    for (int i = 0; i < 4; ++i) {
      fillers_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(fillers_.back().get(), reinterpret_cast<const sockaddr*>(&listening_.address()), sizeof(sockaddr_in));
    }
  }
  const Endpoint& endpoint() const noexcept { return listening_.endpoint(); }

 private:
  Listening listening_;
  std::vector<socket::FileDescriptor> fillers_;
};

/// A port of 127.0.0.1 that nobody listens on.
inline Endpoint closed_port() { return Listening().endpoint(); }

}  // namespace konduit::transport_tcp::test
