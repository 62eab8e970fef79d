#include "transport-grpc/proxy_frontend.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "transport-grpc/last_words.hpp"

namespace konduit::transport_grpc {
namespace {

/// On draining, for clients whose handshake is still on its way.
constexpr Duration kHandshakePatience = std::chrono::seconds(1);

std::shared_ptr<void> make_ids(Host&) { return std::make_shared<ConnectIds>(0); }

ListenSettings listen_settings() {
  ListenSettings settings;
  settings.alpn = {"h2"};
  settings.liveness.enabled = true;
  return settings;
}

}  // namespace

ProxyFrontend::ProxyFrontend(const config::Node& node, Host& host) : node_(node), host_(host) {}

awaitable<void> ProxyFrontend::prepare() {
  listener_ = host_.listen(node_["listen"], listen_settings());
  ids_ = std::static_pointer_cast<ConnectIds>(host_.retained("connect-ids", &make_ids));
  co_return;
}

std::unique_ptr<FrontendPart> ProxyFrontend::attach(Attachment& attachment, Dialer& dialer) {
  return std::make_unique<ProxyFrontendPart>(*this, attachment, dialer);
}

ProxyFrontendPart::ProxyFrontendPart(ProxyFrontend& frontend, Attachment& attachment, Dialer& dialer)
    : shard_(attachment.shard()),
      host_(frontend.host_),
      listener_(*frontend.listener_),
      authenticator_(frontend.node_["authenticator"]
                         ? &attachment.part<AuthenticatorPart>(frontend.node_["authenticator"])
                         : nullptr),
      tasks_(shard_),
      counters_(host_.metrics()),
      offenders_(host_),
      open_connections_(
          host_.metrics().gauge("konduit_grpc_client_connections", "HTTP/2 connections of gRPC clients.")),
      service_{shard_,
               dialer,
               tasks_,
               *frontend.ids_,
               counters_,
               host_.id(),
               frontend.node_["dial_timeout"].duration(),
               frontend.node_["keepalive"].duration(),
               host_.budget(),
               offenders_,
               host_.metrics().gauge("konduit_grpc_client_streams", "Calls of gRPC clients that are open.")},
      retired_(shard_),
      empty_(shard_) {}

awaitable<void> ProxyFrontendPart::start() {
  listener_.start(shard_, *this);
  co_return;
}

void ProxyFrontendPart::on_connection(Connection connection) {
  if (authenticator_ == nullptr) return serve(std::move(connection));
  tasks_.spawn(admit(this, std::move(connection)));
}

awaitable<void> ProxyFrontendPart::admit(ProxyFrontendPart* part, Connection connection) {
  Credentials credentials;
  credentials.peer = &connection.peer;
  auto identity = co_await identify(*part->authenticator_, credentials, part->host_.log());
  if (!identity) {
    part->client_refused(connection.peer, identity.error().text);
    co_return;
  }
  if (part->tasks_.closed()) co_return;
  identity->assign_to(connection.peer);
  part->serve(std::move(connection));
}

void ProxyFrontendPart::client_refused(const Peer& peer, const std::string& reason) {
  Logger& log = host_.log();
  const auto tell_untold = [&log](std::uint64_t count) {
    log.warning("more clients were refused, which is not told of each", {{"count", count}});
  };
  if (!refusals_.pass(shard_.now(), tell_untold)) return;
  log.warning("a client was refused", {{"peer", peer.address}, {"reason", reason}});
}

void ProxyFrontendPart::serve(Connection connection) {
  ProxyConnection::Owner& owner = *this;
  auto served = std::make_unique<ProxyConnection>(service_, std::move(connection), owner);
  ProxyConnection* key = served.get();
  if (draining_) key->drain();
  connections_.emplace(key, std::move(served));
  open_connections_.add(1);
  empty_.clear();
}

void ProxyFrontendPart::connection_closed(ProxyConnection& connection, error_code reason, std::string_view text) {
  const auto at = connections_.find(&connection);
  if (at == connections_.end()) return;
  if (reason.failed()) {
    host_.log().debug("a client's connection ended",
                      {{"peer", connection.peer().address}, {"reason", reason.message()}, {"text", text}});
  }
  retired_.take(std::move(at->second));
  connections_.erase(at);
  open_connections_.add(-1);
  if (connections_.empty()) empty_.set();
}

awaitable<void> ProxyFrontendPart::drain(TimePoint deadline) {
  draining_ = true;
  for (const auto& [key, connection] : connections_) connection->drain();
  co_await listener_.drain(shard_, std::min(deadline, shard_.now() + kHandshakePatience));
  if (!connections_.empty()) co_await empty_.wait(deadline);
}

awaitable<void> ProxyFrontendPart::stop() {
  listener_.stop(shard_);
  tasks_.close();
  for (const auto& [key, connection] : connections_) connection->close();
  if (!connections_.empty()) co_await empty_.wait(shard_.now() + kLastWords);
  tasks_.cancel();
  connections_.clear();
  open_connections_.set(0);
  co_await tasks_.join();
}

}  // namespace konduit::transport_grpc
