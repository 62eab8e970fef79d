#pragma once

#include <cstdint>

namespace konduit::socket {

/// How soon a peer that has vanished without a word is noticed.
enum class Liveness : std::uint8_t {
  tunnel,  ///< One connection of somebody: keepalive every 15 s, given up after about 2½ minutes.
  link,    ///< Carries many tunnels: keepalive after 5 s, every 2 s, 3 times; unacknowledged bytes give up after 11 s.
};

/// TCP_NODELAY and keepalive on a connected TCP socket. Errors are ignored: a socket that refuses them is about to say
/// why.
void set_tcp_options(int descriptor, Liveness liveness) noexcept;

/// Makes close() send RST instead of FIN and drop what is unsent.
void set_abortive_close(int descriptor) noexcept;

/// SO_ERROR, which is thereby cleared. 0: none.
int take_socket_error(int descriptor) noexcept;

}  // namespace konduit::socket
