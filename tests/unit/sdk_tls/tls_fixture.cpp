#include "tls_fixture.hpp"

#include <utility>

#include "support/slow_link.hpp"

namespace konduit::tls_test {
namespace {

awaitable<void> accept(Shard* shard, StreamPtr inner, std::shared_ptr<TlsContext> context, TimePoint deadline,
                       End* end) {
  end->result.emplace(co_await tls_accept(*shard, std::move(inner), std::move(context), deadline, &end->text));
}

awaitable<void> connect(Shard* shard, StreamPtr inner, std::shared_ptr<TlsContext> context, std::string host,
                        TimePoint deadline, End* end) {
  end->result.emplace(
      co_await tls_connect(*shard, std::move(inner), std::move(context), std::move(host), deadline, &end->text));
}

}  // namespace

Files::Files()
    : ca(directory.write("ca.pem", authority.certificate())),
      server_identity_(authority.issue_server()),
      client_identity_(authority.issue_client("a client", {"testers"})) {}

TlsSettings Files::with(const std::string& name, const test_support::Identity& identity) const {
  TlsSettings settings;
  settings.cert = directory.write(name + ".pem", identity.certificate);
  settings.key = directory.write(name + "-key.pem", identity.key);
  return settings;
}

TlsSettings Files::client() const {
  TlsSettings settings;
  settings.ca = ca;
  return settings;
}

TlsSettings Files::client_with_certificate() const {
  TlsSettings settings = with("client", client_identity_);
  settings.ca = ca;
  return settings;
}

const Files& files() {
  static const Files made;
  return made;
}

Pair::Pair(Shard& shard, testkit::MemoryStreamSettings server_settings, testkit::MemoryStreamSettings client_settings)
    : shard_(shard), tasks_(shard) {
  auto ends = testkit::MemoryStream::make_pair(shard, server_settings, client_settings);
  server_inner = ends.first.get();
  client_inner = ends.second.get();
  server_stream_ = std::move(ends.first);
  client_stream_ = std::move(ends.second);
}

void Pair::slow_server(std::size_t per_second) {
  server_stream_ = std::make_unique<test_support::SlowLink>(shard_, std::move(server_stream_), per_second, 64 * 1024);
}

Pair::~Pair() {
  tasks_.cancel();
  testkit::await(shard_, tasks_.join());
}

bool Pair::shake(std::shared_ptr<TlsContext> server_context, std::shared_ptr<TlsContext> client_context,
                 std::string host, Duration limit) {
  const TimePoint deadline = shard_.now() + limit;
  tasks_.spawn(accept(&shard_, std::move(server_stream_), std::move(server_context), deadline, &server));
  tasks_.spawn(
      connect(&shard_, std::move(client_stream_), std::move(client_context), std::move(host), deadline, &client));
  return testkit::run_until(shard_, [this] { return server.done() && client.done(); });
}

}  // namespace konduit::tls_test
