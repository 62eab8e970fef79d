#include "socket/options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>

namespace konduit::socket {

namespace {

constexpr Liveness kAnyConnection{.idle = std::chrono::seconds(15),
                                  .interval = std::chrono::seconds(15),
                                  .probes = 9,
                                  .user_timeout = Duration::zero()};

/// Rounded up: the system takes zero for a wish of its own.
template <class Unit>
int whole(Duration duration) noexcept {
  return static_cast<int>(std::chrono::ceil<Unit>(duration).count());
}

int seconds(Duration duration) noexcept { return whole<std::chrono::seconds>(duration); }

void set(int descriptor, int level, int option, int value) noexcept {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

void set_tcp_options(int descriptor, const Liveness& liveness) noexcept {
  const Liveness& pace = liveness.enabled ? liveness : kAnyConnection;
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, seconds(pace.idle));
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, seconds(pace.interval));
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, static_cast<int>(pace.probes));
  if (pace.user_timeout > Duration::zero()) {
    set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, whole<std::chrono::milliseconds>(pace.user_timeout));
  }
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
