#include "socket/options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace konduit::socket {

namespace {

void set(int descriptor, int level, int option, int value) noexcept {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

void set_tcp_options(int descriptor, Liveness liveness) noexcept {
  const bool link = liveness == Liveness::link;
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, link ? 5 : 15);
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, link ? 2 : 15);
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, link ? 3 : 9);
  // As long as keepalive takes: bytes under way must not make a dead peer live longer than silence would.
  if (link) set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 11'000);
}

void set_abortive_close(int descriptor) noexcept {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

int take_socket_error(int descriptor) noexcept {
  int number = 0;
  socklen_t size = sizeof number;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size);
  return number;
}

}  // namespace konduit::socket
