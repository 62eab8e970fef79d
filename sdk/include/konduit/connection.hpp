#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"
#include "konduit/config.hpp"
#include "konduit/peer.hpp"
#include "konduit/result.hpp"
#include "konduit/stream.hpp"

namespace konduit {

class Shard;

/// An established connection, TLS included where it was asked for.
struct Connection {
  StreamPtr stream;
  Peer peer;
  std::string alpn;  ///< Empty without TLS or without agreement.
};

/// How soon a peer that has vanished without a word is noticed, by means of the transport: TCP keepalive and
/// TCP_USER_TIMEOUT (tcp(7)). Meant for connections that carry many tunnels. A transport that always learns of its
/// peer's end, such as a Unix socket, ignores it.
struct Liveness {
  bool enabled = false;  ///< False: the transport's own pace for any connection.
  Duration idle =
      std::chrono::seconds(5);  ///< Silence before the first probe. Full seconds, rounded up, like interval.
  Duration interval = std::chrono::seconds(2);  ///< Between probes.
  unsigned probes = 3;                          ///< Unanswered ones that end the connection.
  /// How long bytes may stay unacknowledged; zero: as long as the system likes. As long as the probes take, so that
  /// bytes under way do not make a dead peer live longer than silence would.
  Duration user_timeout = std::chrono::seconds(11);

  /// From a validated node whose fields are config::kLivenessFields.
  KONDUIT_API static Liveness from(const config::Node& node);
};

/// How a frontend or backend wants to be reached.
struct ListenSettings {
  std::vector<std::string> alpn;  ///< Offered on TLS, in order of preference.
  bool require_alpn = false;      ///< Refuse a TLS peer that shares none of them.
  Liveness liveness = {};         ///< Of the accepted connections.
};

/// A bound address, shared by all shards: each accepts on its own thread. The core accepts, waits when descriptors run
/// out, does TLS handshakes under a deadline, and hands over what is ready.
///
/// Every Host::listen() answers a listener of its own; those of generations that overlap share the socket of one
/// endpoint. Of the listeners that were started on a shard, the one started last accepts there: it takes the socket
/// over from the one before it, whose handshakes under way still reach its own handler. When it stops while that one is
/// still started, that one accepts again. Until somebody is started, and between two that are, connections wait in the
/// system's backlog. Whoever has stopped on every shard lets go of the socket; the last one closes it, so that clients
/// of a draining process are refused and not left waiting.
class KONDUIT_API Listener {
 public:
  class Handler {
   public:
    virtual void on_connection(Connection connection) = 0;

   protected:
    ~Handler() = default;
  };

  /// The address that was bound, with the real port: "tcp://127.0.0.1:40123".
  virtual const std::string& url() const noexcept = 0;
  /// Starts accepting on `shard`, on its thread; once. `handler` must outlive stop().
  virtual void start(Shard& shard, Handler& handler) = 0;
  /// Takes what waits in the backlog by now and then nothing more, as if it had stopped; whose TLS handshake is under
  /// way still reaches `handler`. Completes when nobody's is, or at `deadline`, or when cancelled; the rest is
  /// stop()'s. On the shard's thread, once, between start() and stop(). The default is stop(), for a listener that has
  /// neither a backlog nor handshakes.
  virtual awaitable<void> drain(Shard& shard, TimePoint deadline);
  /// Hands over nothing more on `shard`, and drops this listener's handshakes under way. Other listeners on the socket
  /// are not touched. On the shard's thread, before the listener goes. Idempotent; legal without start().
  virtual void stop(Shard& shard) = 0;

 protected:
  ~Listener() = default;
};

/// How a component wants to connect. `tls` and `via` are nodes of its configuration, null for none.
struct ConnectorSettings {
  const config::Node* tls = nullptr;  ///< Of type tls_client.
  const config::Node* via = nullptr;  ///< Reference to a backend that is dialled instead of connecting directly.
  std::vector<std::string> alpn;
  bool require_alpn = false;
  Liveness liveness = {};
};

/// Opens connections. Shared by the parts of a component.
class KONDUIT_API Connector {
 public:
  struct Failure {
    error_code code;
    std::string text;  ///< A sentence for a log.
  };

  /// Connects to `url` ("tcp://host:port", "uds:///path") from `shard`, on its thread, by `deadline`.
  virtual awaitable<boost::system::result<Connection, Failure>> connect(Shard& shard, std::string url,
                                                                        TimePoint deadline) = 0;

 protected:
  ~Connector() = default;
};

[[noreturn]] KONDUIT_API void throw_exception_from_error(const Connector::Failure& error,
                                                         const boost::source_location& where);

}  // namespace konduit
