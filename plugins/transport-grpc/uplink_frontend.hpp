#pragma once

#include <memory>
#include <string>

#include "konduit/connection.hpp"
#include "konduit/frontend.hpp"
#include "transport-grpc/answering_end.hpp"
#include "transport-grpc/identifiers.hpp"

namespace konduit::transport_grpc {

class UplinkPart;

/// The frontend `uplink`: the agent's end of AgentService. It connects to every server and serves their dials. All its
/// connections live on the control shard, where discovery is.
class UplinkFrontend final : public Frontend {
 public:
  UplinkFrontend(const config::Node& node, Host& host);

  awaitable<void> prepare() override;
  std::unique_ptr<FrontendPart> attach(Attachment& attachment, Dialer& dialer) override;

  const config::Node& node() const noexcept { return node_; }
  Host& host() noexcept { return host_; }
  Connector& connector() noexcept { return *connector_; }
  ConnectIds& ids() noexcept { return *ids_; }
  const std::string& agent_id() const noexcept { return agent_id_; }
  const Identifiers& identifiers() const noexcept { return identifiers_; }
  void set_part(UplinkPart* part) noexcept { part_ = part; }

 private:
  HealthState health() const;

  const config::Node node_;
  Host& host_;
  std::shared_ptr<Connector> connector_;         // shared with the core
  std::shared_ptr<ConnectIds> ids_;              // shared with other generations, whose tunnels still run
  std::shared_ptr<const std::string> own_name_;  // likewise: servers are to see one agent
  std::string agent_id_;
  Identifiers identifiers_;
  UplinkPart* part_ = nullptr;  // control thread
};

}  // namespace konduit::transport_grpc
