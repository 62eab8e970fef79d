#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "konduit/event.hpp"
#include "konduit/shard.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"
#include "konduit/tls.hpp"
#include "konduit/transport.hpp"
#include "support/certificates.hpp"
#include "support/temp_directory.hpp"

/// A transport in memory whose system does what the test orders.
namespace konduit::listener::test {

/// What waits to be accepted at one address, connections and errors. All acceptors take from it, as from a socket's.
class Backlog {
 public:
  explicit Backlog(Shard& shard) : shard_(shard), filled_(shard) {}

  /// A client connects; the test has its end.
  std::unique_ptr<testkit::MemoryStream> connect(std::string address = "memory://client");
  void fail(error_code error);
  std::size_t size() const noexcept { return waiting_.size(); }

  awaitable<Result<Acceptor::Accepted>> next();
  std::optional<Result<Acceptor::Accepted>> take();

 private:
  void push(Result<Acceptor::Accepted> next);

  Shard& shard_;
  std::deque<Result<Acceptor::Accepted>> waiting_;
  Event filled_;
};

class FakeAcceptor final : public Acceptor {
 public:
  explicit FakeAcceptor(Backlog& backlog) : backlog_(backlog) {}
  awaitable<Result<Accepted>> accept() override { return backlog_.next(); }
  std::optional<Result<Accepted>> take() override { return backlog_.take(); }

 private:
  Backlog& backlog_;
};

/// Everything is bound to one backlog, whatever the url; port 0 gives a new port each time.
class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(Shard& shard) : backlog(shard), shard_(shard) {}

  std::string check(const std::string&) const override { return {}; }
  std::unique_ptr<Binding> bind(const config::Node& endpoint) const override;
  awaitable<boost::system::result<Connection, Connector::Failure>> connect(Shard& shard, std::string url,
                                                                           Liveness liveness,
                                                                           TimePoint deadline) const override;

  mutable Backlog backlog;
  mutable unsigned next_port = 40001;
  mutable int bound = 0;                      ///< Sockets that are open now.
  mutable std::vector<Liveness> liveness;     ///< Of every acceptor and connection, in order.
  mutable std::vector<std::string> attempts;  ///< Urls that were connected to.

 private:
  class FakeBinding;
  Shard& shard_;
};

/// Keeps the connections that it is given.
struct Receiver final : Listener::Handler {
  void on_connection(Connection connection) override {
    connections.push_back(std::move(connection));
    if (when_connected) when_connected();
  }
  std::vector<Connection> connections;
  std::function<void()> when_connected;
};

/// Certificates for "localhost" and who trusts them, in files.
struct TlsFiles {
  TlsSettings server() const;
  /// As an endpoint's `tls` says it.
  config::Node server_node() const;
  TlsSettings client() const;

  test_support::TempDirectory directory;
  test_support::Authority authority;
  test_support::Identity identity = authority.issue_server();
  std::string ca = directory.write("ca.pem", authority.certificate());
  std::string certificate = directory.write("server.pem", identity.certificate);
  std::string key = directory.write("server-key.pem", identity.key);
};

/// Made once: keys cost time.
const TlsFiles& tls_files();

}  // namespace konduit::listener::test
