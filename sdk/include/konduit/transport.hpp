#pragma once

#include <memory>
#include <optional>
#include <string>

#include "konduit/component.hpp"
#include "konduit/connection.hpp"

namespace konduit {

/// A bound socket on one shard.
class KONDUIT_API Acceptor {
 public:
  virtual ~Acceptor() = default;

  struct Accepted {
    StreamPtr stream;
    std::string address;  ///< The peer's, for Peer::address.
  };
  /// The next connection. Errors: operation_aborted when cancelled; too_many_files_open and the like are the caller's
  /// to wait out.
  virtual awaitable<Result<Accepted>> accept() = 0;
  /// The next connection if one waits already, an error of accept(), or nothing. REQUIRES: no accept() is under way.
  virtual std::optional<Result<Accepted>> take() = 0;
};

/// A bound address before it is split over shards. Owns what must be removed at the end (a socket file).
class KONDUIT_API Binding {
 public:
  virtual ~Binding() = default;
  /// The address with the real port.
  virtual const std::string& url() const noexcept = 0;
  /// One acceptor for `shard`, on its thread; all acceptors share the listening socket. `liveness` is that of what they
  /// accept.
  virtual std::unique_ptr<Acceptor> open(Shard& shard, const Liveness& liveness) = 0;
};

/// Carries bytes under a url scheme, which is the component's name in its descriptor. Its schema describes the options
/// of a listen endpoint besides url and tls. Not configured by itself: there is one instance per process, stateless and
/// shared by all threads.
class KONDUIT_API Transport : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::transport;

  /// Checks a url of this scheme without touching the system; the text says what is wrong, empty if nothing.
  virtual std::string check(const std::string& url) const = 0;
  /// Binds and listens. Throws StartError (address in use, path too long, no permission).
  virtual std::unique_ptr<Binding> bind(const config::Node& endpoint) const = 0;
  /// Opens a connection from `shard`, on its thread.
  virtual awaitable<boost::system::result<Connection, Connector::Failure>> connect(Shard& shard, std::string url,
                                                                                   Liveness liveness,
                                                                                   TimePoint deadline) const = 0;
};

/// What a transport is as well if connections that it has closed need the process for a while: what a peer still sends
/// must not make the system throw away the last bytes that were sent to it.
class KONDUIT_API Lingering {
 public:
  /// Completes when no connection that was closed on `shard` needs the process any more, or at `deadline`. On its
  /// thread, when the process has drained and everything else there has stopped.
  virtual awaitable<void> settled(Shard& shard, TimePoint deadline) const = 0;

 protected:
  ~Lingering() = default;
};

}  // namespace konduit
