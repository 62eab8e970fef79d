#pragma once

#include "konduit/connection.hpp"

namespace konduit::socket {

/// TCP_NODELAY and keepalive on a connected TCP socket: as `liveness` says, and where it is not enabled every 15 s,
/// given up after about 2½ minutes. Errors are ignored: a socket that refuses them is about to say why.
void set_tcp_options(int descriptor, const Liveness& liveness) noexcept;

/// Makes close() send RST instead of FIN and drop what is unsent.
void set_abortive_close(int descriptor) noexcept;

/// SO_ERROR, which is thereby cleared. 0: none.
int take_socket_error(int descriptor) noexcept;

}  // namespace konduit::socket
