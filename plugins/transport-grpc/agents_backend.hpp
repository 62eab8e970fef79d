#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "konduit/backend.hpp"
#include "konduit/connection.hpp"
#include "transport-grpc/agent_set.hpp"

namespace konduit::transport_grpc {

class AgentsPart;

/// The backend `agents`: the server's AgentService. Agents connect to it, and it dials through one of them.
class AgentsBackend final : public Backend {
 public:
  AgentsBackend(const config::Node& node, Host& host);

  awaitable<void> prepare() override;
  std::unique_ptr<BackendPart> attach(Attachment& attachment) override;

  const config::Node& node() const noexcept { return node_; }
  Host& host() noexcept { return host_; }
  Listener& listener() noexcept { return *listener_; }
  AgentSet& agents() noexcept { return *agents_; }
  const std::string& server_id() const noexcept { return server_id_; }

  /// Control thread: the part whose indexes answer for readiness.
  void set_control_part(AgentsPart* part) noexcept { control_part_ = part; }

 private:
  HealthState health();

  const config::Node node_;
  Host& host_;
  std::shared_ptr<AgentSet> agents_;    // shared with other generations of the backend
  std::shared_ptr<Listener> listener_;  // shared with the core's registry
  std::string server_id_;
  AgentsPart* control_part_ = nullptr;
};

}  // namespace konduit::transport_grpc
