#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "konduit/connection.hpp"
#include "konduit/event.hpp"
#include "konduit/shard.hpp"
#include "konduit/task_group.hpp"
#include "konduit/tls.hpp"
#include "support/certificates.hpp"
#include "support/temp_directory.hpp"

namespace konduit {
class StreamIo;
}

namespace konduit::test_support {

/// What somebody asked of an API server.
struct ApiRequest {
  std::string method;
  std::string target;
  std::string authorization;
  std::string body;
  std::string client;  ///< Common name of the client's certificate.
  TimePoint time{};
};

/// How it is answered.
struct ApiReply {
  enum class Way {
    answer,   ///< By status and body.
    raw,      ///< By the body alone, as the bytes that go out; then the connection is closed.
    silence,  ///< Never.
    hang_up,  ///< By closing the connection.
    watch,    ///< By a stream of lines, which begins with the body.
  };
  unsigned status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  Way way = Way::answer;
  Duration delay{};
};

/// An API server that answers as the test's script says, over HTTPS on whatever listener the test starts it on. A real
/// one as far as a client can see: it knows HTTP, TLS, kept connections and chunked streams; what it says is the
/// script's.
///
/// Thread: the shard's. REQUIRES: stop() has completed before destruction.
class FakeApiServer final : public Listener::Handler {
 public:
  using Script = std::function<ApiReply(const ApiRequest&)>;

  /// With a certificate for "localhost" and the loopback addresses.
  explicit FakeApiServer(Shard& shard, Script script = {});
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;

  void on_connection(Connection connection) override;
  /// Ends every connection.
  awaitable<void> stop();

  /// A kubeconfig for the server at `url` ("https://…") with the user's section in YAML ("{token: x}").
  std::string kubeconfig(const std::string& url, const std::string& user) const;
  const Authority& authority() const noexcept { return authority_; }
  const std::string& ca_file() const noexcept { return ca_file_; }
  /// From now on clients must show a certificate of authority().
  void demand_certificates();

  /// Sends a line to every watch that is open, or ends them.
  void send_to_watches(const std::string& line);
  void end_watches();
  std::size_t watches() const noexcept { return watches_.size(); }

  Script script;
  std::vector<ApiRequest> requests;
  unsigned connections = 0;

 private:
  struct Watch {
    explicit Watch(Shard& shard) : changed(shard) {}
    std::string waiting;
    bool ended = false;
    Event changed;
  };

  awaitable<void> serve(Connection connection);
  awaitable<void> converse(Stream* stream, std::string client);
  ApiReply reply_to(ApiRequest request, const std::string& client);
  /// False when the connection must end.
  awaitable<bool> answer(StreamIo* io, ApiReply reply);
  awaitable<bool> stream_lines(StreamIo* io, std::string first);
  awaitable<bool> send(StreamIo* io, std::string bytes);

  Shard& shard_;
  Authority authority_;
  TempDirectory folder_;
  std::string ca_file_;
  TlsSettings settings_;
  std::shared_ptr<TlsContext> tls_;
  TaskGroup tasks_;
  std::vector<Watch*> watches_;
};

}  // namespace konduit::test_support
