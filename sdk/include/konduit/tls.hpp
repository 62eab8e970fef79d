#pragma once

#include <memory>
#include <string>
#include <vector>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"
#include "konduit/config.hpp"
#include "konduit/peer.hpp"
#include "konduit/result.hpp"
#include "konduit/stream.hpp"

namespace konduit {

class Shard;

/// What both ends of TLS are configured by. Paths name PEM files.
struct TlsSettings {
  std::string cert;  ///< Chain, leaf first. Server: required.
  std::string key;   ///< Required with cert.
  std::string ca;    ///< Server: client_ca, and then a client certificate is required. Client: required, unless system
                     ///< roots are wanted.
  std::string server_name;                 ///< Client: verified and sent as SNI; empty: the host that is connected to.
  std::string min_version = "1.2";         ///< "1.2" or "1.3".
  std::vector<std::string> cipher_suites;  ///< IANA names; empty: OpenSSL's defaults.
  std::vector<std::string> alpn;  ///< In order of preference. Server: no overlap refuses where require_alpn is set.
  bool require_alpn = false;

  /// From a validated node whose schema is config::tls_server_schema or config::tls_client_schema.
  KONDUIT_API static TlsSettings from(const config::Node& node);
};

/// What the files of TlsSettings hold, for those who have it from elsewhere. PEM texts; empty: none.
struct TlsMaterial {
  std::string cert;
  std::string key;  ///< Secret.
  std::string ca;
};

/// Certificates and rules, loaded from files. Immutable but for reload(): sessions begun before keep what they had.
/// Thread: made on any, shared by shards.
class KONDUIT_API TlsContext {
 public:
  virtual ~TlsContext() = default;

  /// Throws StartError naming the file and what is wrong with it (missing, unreadable, not PEM, key does not match),
  /// the cipher suites that are not known. A certificate that has ended is loaded: not_after() tells, and peers refuse
  /// it.
  static std::shared_ptr<TlsContext> server(const TlsSettings& settings);
  static std::shared_ptr<TlsContext> client(const TlsSettings& settings);
  /// From texts, as a kubeconfig embeds them. What `settings` has for paths is read by nobody, it says in errors where
  /// the texts come from. reload() changes nothing.
  static std::shared_ptr<TlsContext> client(const TlsSettings& settings, const TlsMaterial& material);

  /// Reads the files again; on an error the old ones stay in force and the error's text is returned.
  virtual Result<void> reload(std::string& error) = 0;
  /// When the first certificate of the own chain ends; max() without one.
  virtual std::chrono::system_clock::time_point not_after() const = 0;
};

/// An established session: the stream of plain bytes and what the handshake learned.
struct TlsSession {
  StreamPtr stream;
  std::shared_ptr<const Certificate> peer;  ///< Null if the peer sent none.
  std::string alpn;
};

/// Handshakes over any stream. On an error the inner stream is closed and `text` (may be null) gets a sentence for a
/// log.
///
/// The session reads from `inner` in large pieces, writes one gathered piece per loop turn, and maps half_close() to
/// close_notify. EOF without close_notify is an error on read (StreamErrc::reset: truncation, RFC 8446 6.1), unless
/// this end has said close_notify before. What the peer's alert or a broken record ends is an error of Asio's TLS
/// category, whose message names the reason. A server that refuses a TLS 1.3 client's certificate shows in the client's
/// first read.
KONDUIT_API awaitable<Result<TlsSession>> tls_accept(Shard& shard, StreamPtr inner, std::shared_ptr<TlsContext> context,
                                                     TimePoint deadline, std::string* text);
KONDUIT_API awaitable<Result<TlsSession>> tls_connect(Shard& shard, StreamPtr inner,
                                                      std::shared_ptr<TlsContext> context, std::string host,
                                                      TimePoint deadline, std::string* text);

}  // namespace konduit
