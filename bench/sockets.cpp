#include "sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace konduit::bench {

namespace {

constexpr std::chrono::seconds kPatience{10};

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    throw std::runtime_error(host + " is not an IPv4 address");
  return address;
}

/// Reads the answer and not a byte more.
void ask_for_tunnel(const Socket& socket, const std::string& target) {
  send_all(socket, connect_request(target));
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char byte;
    if (recv(socket.get(), &byte, 1, 0) != 1) throw std::runtime_error("the proxy did not answer: " + head);
    head += byte;
  }
  if (!head.starts_with("HTTP/1.1 200 ")) throw std::runtime_error("the proxy refused: " + head);
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

int Socket::release() noexcept { return std::exchange(descriptor_, -1); }

Socket connect_tcp(const std::string& host, std::uint16_t port) {
  const sockaddr_in address = address_of(host, port);
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    fail("connect to " + host);
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

Socket connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error(path + ": too long for a Unix socket");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    fail("connect to " + path);
  return socket;
}

Socket listen_tcp(const std::string& host, std::uint16_t port, std::uint16_t& bound) {
  sockaddr_in address = address_of(host, port);
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    fail("bind to " + host + ":" + std::to_string(port));
  }
  if (listen(socket.get(), SOMAXCONN) != 0) fail("listen");
  socklen_t size = sizeof(address);
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  bound = ntohs(address.sin_port);
  return socket;
}

void set_nonblocking(const Socket& socket) {
  if (fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
}

void send_all(const Socket& socket, const std::string& bytes) {
  for (std::size_t sent = 0; sent != bytes.size();) {
    const ssize_t n = send(socket.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) fail("send");
    sent += static_cast<std::size_t>(n);
  }
}

void set_patience(const Socket& socket, std::chrono::milliseconds patience) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
  const timeval time{.tv_sec = seconds.count(), .tv_usec = std::chrono::microseconds(patience - seconds).count()};
  for (const int direction : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    if (setsockopt(socket.get(), SOL_SOCKET, direction, &time, sizeof(time)) != 0) fail("setsockopt");
  }
}

std::string connect_request(const std::string& target) {
  return "CONNECT " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

Socket open_tunnel(const std::string& proxy, std::uint16_t endpoint) {
  constexpr std::string_view kUnix = "unix:";
  if (proxy.empty()) return connect_tcp("127.0.0.1", endpoint);
  if (!proxy.starts_with(kUnix)) throw std::runtime_error("a proxy is unix:PATH, and not " + proxy);
  Socket socket = connect_unix(proxy.substr(kUnix.size()));
  set_patience(socket, kPatience);
  ask_for_tunnel(socket, "127.0.0.1:" + std::to_string(endpoint));
  set_patience(socket, {});
  return socket;
}

}  // namespace konduit::bench
