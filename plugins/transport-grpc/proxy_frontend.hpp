#pragma once

#include <memory>
#include <unordered_map>

#include "konduit/authenticator.hpp"
#include "konduit/connection.hpp"
#include "konduit/event.hpp"
#include "konduit/frontend.hpp"
#include "konduit/log_pace.hpp"
#include "konduit/task_group.hpp"
#include "transport-grpc/packet_counters.hpp"
#include "transport-grpc/proxy_connection.hpp"

namespace konduit::transport_grpc {

class ProxyFrontendPart;

/// The frontend `grpc`: the server's ProxyService, to which kube-apiserver dials with konnectivity-client.
class ProxyFrontend final : public Frontend {
 public:
  ProxyFrontend(const config::Node& node, Host& host);

  awaitable<void> prepare() override;
  std::unique_ptr<FrontendPart> attach(Attachment& attachment, Dialer& dialer) override;

 private:
  friend class ProxyFrontendPart;

  const config::Node node_;
  Host& host_;
  std::shared_ptr<Listener> listener_;  // shared with the core's registry
  std::shared_ptr<ConnectIds> ids_;     // shared with other generations, whose tunnels still run
};

/// Accepts clients on one shard.
class ProxyFrontendPart final : public FrontendPart, private Listener::Handler, private ProxyConnection::Owner {
 public:
  ProxyFrontendPart(ProxyFrontend& frontend, Attachment& attachment, Dialer& dialer);

  awaitable<void> start() override;
  awaitable<void> drain(TimePoint deadline) override;
  awaitable<void> stop() override;

 private:
  static awaitable<void> admit(ProxyFrontendPart* part, Connection connection);

  void on_connection(Connection connection) override;
  void connection_closed(ProxyConnection& connection, error_code reason, std::string_view text) override;
  void client_refused(const Peer& peer, const std::string& reason);
  void serve(Connection connection);

  Shard& shard_;
  LogPace refusals_;
  Host& host_;
  Listener& listener_;
  AuthenticatorPart* authenticator_;
  TaskGroup tasks_;
  PacketCounters counters_;
  Offenders offenders_;
  Gauge& open_connections_;
  ProxyService service_;
  std::unordered_map<ProxyConnection*, std::unique_ptr<ProxyConnection>> connections_;
  Retired<ProxyConnection> retired_;
  Event empty_;
  bool draining_ = false;
};

}  // namespace konduit::transport_grpc
