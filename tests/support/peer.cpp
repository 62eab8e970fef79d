#include "support/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "support/program.hpp"

namespace konduit::test_support {
namespace {

using socket::FileDescriptor;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

/// Calls again what a signal has interrupted.
template <class Call>
ssize_t persist(const char* what, Call call) {
  for (;;) {
    const ssize_t result = call();
    if (result >= 0) return result;
    if (errno != EINTR) fail(what);
  }
}

FileDescriptor connect_to(int family, const void* address, std::size_t size, const std::string& url) {
  FileDescriptor made(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(made.get(), static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) != 0) fail(url);
  return made;
}

}  // namespace

Peer::Peer(FileDescriptor connected) : socket_(std::move(connected)) {
  const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Peer Peer::connect(const std::string& url) {
  const std::string place = url.substr(url.find("://") + 3);
  if (url.starts_with("uds://")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    place.copy(address.sun_path, sizeof address.sun_path - 1);
    return Peer(connect_to(AF_UNIX, &address, sizeof address, url));
  }
  const auto colon = place.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(std::stoi(place.substr(colon + 1))));
  if (::inet_pton(AF_INET, place.substr(0, colon).c_str(), &address.sin_addr) != 1) fail(url);
  FileDescriptor made = connect_to(AF_INET, &address, sizeof address, url);
  const int on = 1;
  ::setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return Peer(std::move(made));
}

void Peer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = persist("send", [&] { return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string Peer::read(std::size_t count) {
  std::string all;
  while (all.size() < count) {
    const std::string piece = read_some(count - all.size());
    if (piece.empty()) throw std::runtime_error("the stream ended behind \"" + all.substr(0, 200) + "\"");
    all += piece;
  }
  return all;
}

std::string Peer::read_some(std::size_t most) {
  std::string piece(most, '\0');
  const auto got = persist("recv", [&] { return ::recv(socket_.get(), piece.data(), piece.size(), 0); });
  piece.resize(static_cast<std::size_t>(got));
  return piece;
}

std::string Peer::read_to_end() {
  std::string all;
  for (std::string piece = read_some(); !piece.empty(); piece = read_some()) all += piece;
  return all;
}

std::size_t Peer::unread() const {
  int count = 0;
  if (::ioctl(socket_.get(), FIONREAD, &count) != 0) fail("FIONREAD");
  return static_cast<std::size_t>(count);
}

void Peer::await_readable() const {
  pollfd event{socket_.get(), POLLIN, 0};
  constexpr int kLimit = std::chrono::milliseconds(kPatience).count();
  if (persist("poll", [&] { return ::poll(&event, 1, kLimit); }) == 0) throw std::runtime_error("nothing came");
}

void Peer::half_close() {
  if (::shutdown(socket_.get(), SHUT_WR) != 0) fail("shutdown");
}

Endpoint::Endpoint() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listening_.get(), generic, size) != 0 || ::listen(listening_.get(), SOMAXCONN) != 0 ||
      ::getsockname(listening_.get(), generic, &size) != 0) {
    fail("listen");
  }
  const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(listening_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  target_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

Peer Endpoint::accept() {
  return Peer(FileDescriptor(static_cast<int>(
      persist("accept", [this] { return ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC); }))));
}

std::string connect_request(const std::string& target) {
  return "CONNECT " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

Peer open_tunnel(const std::string& url, const std::string& target) {
  Peer peer = Peer::connect(url);
  peer.write(connect_request(target));
  read_established(peer);
  return peer;
}

std::string http_get(const std::string& url, const std::string& path, const std::string& host) {
  Peer peer = Peer::connect(url);
  peer.write("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  return peer.read_to_end();
}

void read_established(Peer& peer) {
  const std::string answer = peer.read(kEstablished.size());
  if (answer != kEstablished) throw std::runtime_error(answer);
}

}  // namespace konduit::test_support
