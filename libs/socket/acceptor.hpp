#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

#include "konduit/event.hpp"
#include "konduit/transport.hpp"

#include "socket/file_descriptor.hpp"
#include "socket/options.hpp"
#include "socket/socket_stream.hpp"

namespace konduit {
class Shard;
}

namespace konduit::socket {

/// Accepts on one shard from a listening socket of any stream family.
class SocketAcceptor final : public Acceptor, private Watch::Owner {
 public:
  /// Names the peer of an accepted socket, for Peer::address.
  using Describe = std::string (*)(int descriptor, const sockaddr_storage& address);

  /// `listening` is this acceptor's own (a duplicate), non-blocking and listening.
  SocketAcceptor(Shard& shard, FileDescriptor listening, Family family, const Liveness& liveness, Describe describe);
  ~SocketAcceptor() override;

  /// One call at a time. Errors besides cancellation are the system's (too_many_files_open, ...): what waits in the
  /// backlog stays there.
  awaitable<Result<Accepted>> accept() override;
  std::optional<Result<Accepted>> take() override;

 private:
  void on_event(Watch::Event event) override;

  Shard& shard_;
  const Family family_;
  const Liveness liveness_;
  const Describe describe_;
  Event ready_;
  error_code failure_;
  unsigned in_a_row_ = 0;
  WatchPtr watch_;
};

/// A duplicate of a listening socket for one more shard. Throws StartError when descriptors have run out.
FileDescriptor duplicate(int listening);

}  // namespace konduit::socket
