#pragma once

#include <memory>
#include <string>
#include <vector>

#include "konduit/component.hpp"
#include "konduit/shard.hpp"
#include "transport-grpc/agent_registry.hpp"
#include "transport-grpc/connected_agents.hpp"
#include "transport-grpc/uuid.hpp"

namespace konduit::transport_grpc {

/// What generations of one `agents` backend hand on: who is connected, on every shard, and the name that the server was
/// given where the document gives none.
class AgentSet {
 public:
  /// `host` belongs to no generation, and outlives this.
  explicit AgentSet(Host& host)
      : host_(host),
        registry_(std::make_shared<AgentRegistry>(host.shards())),
        connected_(host.shards().size()),
        own_name_(make_uuid()) {}

  AgentRegistry& registry() noexcept { return *registry_; }
  const std::string& own_name() const noexcept { return own_name_; }

  /// On the shard's thread; whoever holds it lets go of it there.
  std::shared_ptr<ConnectedAgents> on(Shard& shard) {
    auto& known = connected_[shard.index()];
    auto agents = known.lock();
    if (agents == nullptr) known = agents = std::make_shared<ConnectedAgents>(shard, host_, registry_);
    return agents;
  }

 private:
  Host& host_;
  const std::shared_ptr<AgentRegistry> registry_;          // shared with messages that are under way between shards
  std::vector<std::weak_ptr<ConnectedAgents>> connected_;  // each is its shard's
  const std::string own_name_;
};

}  // namespace konduit::transport_grpc
