#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "konduit/shard.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/tls.hpp"
#include "support/certificates.hpp"
#include "support/temp_directory.hpp"

namespace konduit::tls_test {

/// An authority and the files that both ends need.
class Files {
 public:
  Files();

  /// Writes the identity's files and returns settings that name them.
  TlsSettings with(const std::string& name, const test_support::Identity& identity) const;
  /// A server for "localhost" and the loopback addresses.
  TlsSettings server() const { return with("server", server_identity_); }
  /// A client that trusts the authority.
  TlsSettings client() const;
  TlsSettings client_with_certificate() const;

  test_support::Authority authority;
  test_support::TempDirectory directory;
  std::string ca;

 private:
  test_support::Identity server_identity_;
  test_support::Identity client_identity_;
};

/// Made once: keys cost time.
const Files& files();

struct End {
  std::optional<Result<TlsSession>> result;
  std::string text;

  bool done() const { return result.has_value(); }
  bool ok() const { return done() && result->has_value(); }
  TlsSession& session() { return **result; }
  error_code error() const { return result->error(); }
};

/// Two handshakes over a pair of streams in memory.
class Pair {
 public:
  explicit Pair(Shard& shard, testkit::MemoryStreamSettings server = {}, testkit::MemoryStreamSettings client = {});
  ~Pair();

  /// Runs both to their ends; false when one does not end.
  bool shake(std::shared_ptr<TlsContext> server_context, std::shared_ptr<TlsContext> client_context,
             std::string host = "localhost", Duration limit = std::chrono::seconds(5));
  bool shake() { return shake(TlsContext::server(files().server()), TlsContext::client(files().client())); }

  /// The server's bytes leave at a pace. Before the handshake.
  void slow_server(std::size_t per_second);

  // The streams below, as long as the sessions hold them.
  testkit::MemoryStream* server_inner = nullptr;
  testkit::MemoryStream* client_inner = nullptr;
  End server;
  End client;

 private:
  Shard& shard_;
  TaskGroup tasks_;
  StreamPtr server_stream_;
  StreamPtr client_stream_;
};

}  // namespace konduit::tls_test
