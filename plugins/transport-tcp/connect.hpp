#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <vector>

#include "konduit/asio.hpp"
#include "konduit/result.hpp"
#include "socket/file_descriptor.hpp"

namespace konduit {
class Shard;
}

namespace konduit::transport_tcp {

/// Why no connection came about: what happened to the address that says most about it.
struct ConnectFailure {
  enum class Step : std::uint8_t { socket, connect, deadline, cancelled };

  Step step = Step::connect;
  int number = 0;  ///< errno, for socket and connect.
  asio::ip::tcp::endpoint endpoint;
};

[[noreturn]] void throw_exception_from_error(const ConnectFailure& failure, const boost::source_location& where);

struct Connected {
  socket::FileDescriptor descriptor;  ///< Non-blocking, without options.
  asio::ip::tcp::endpoint endpoint;
};

/// Connects to whichever of `endpoints` answers first (RFC 8305 section 5): they are tried in order, the next one when
/// the last has failed or 250 ms have passed, and all that were begun go on until one wins. The others are closed.
/// REQUIRES: at least one endpoint. Cancellation leaves nothing behind.
awaitable<boost::system::result<Connected, ConnectFailure>> connect_first(
    Shard& shard, std::vector<asio::ip::tcp::endpoint> endpoints, TimePoint deadline);

}  // namespace konduit::transport_tcp
