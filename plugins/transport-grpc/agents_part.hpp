#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "konduit/authenticator.hpp"
#include "konduit/backend.hpp"
#include "konduit/connection.hpp"
#include "konduit/deadline.hpp"
#include "konduit/registrar.hpp"
#include "konduit/selector.hpp"
#include "konduit/task_group.hpp"
#include "transport-grpc/agent_connection.hpp"
#include "transport-grpc/agent_registry.hpp"
#include "transport-grpc/connected_agents.hpp"

namespace konduit::transport_grpc {

class AgentsBackend;

/// The `agents` backend on one shard: lets agents in, and picks one of all shards for a dial.
class AgentsPart final : public BackendPart,
                         private Listener::Handler,
                         private AgentAdmission,
                         private ConnectedAgents::User,
                         private Deadline::Owner {
 public:
  AgentsPart(AgentsBackend& backend, Attachment& attachment);
  ~AgentsPart() override;

  awaitable<void> start() override;
  /// Where another generation has taken over, agents and tunnels are that one's affair.
  awaitable<void> drain(TimePoint deadline) override;
  awaitable<void> stop() override;
  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override;

  /// The first selector could pick an agent for some dial.
  bool has_agents();
  /// How many it knows.
  std::size_t agents();

 private:
  struct Choice {
    SelectorPart* selector;
    std::unique_ptr<const AgentIndex> index;
    Gauge* size;  ///< Null but on the control shard: cells of several would be summed.
  };

  static awaitable<void> authenticate(AgentsPart* part, std::uint64_t sequence, Peer peer, std::string token);

  void refresh();
  AgentPtr pick(const DialRequest& request, const std::vector<AgentPtr>& tried);
  /// One that comes soon, where this server has just taken the place of another; null where none does.
  awaitable<AgentPtr> pick_newcomer(const DialRequest& request, TimePoint deadline);
  DialError found_none();
  void count(const DialResult<StreamPtr>& result);

  void on_connection(Connection connection) override;
  void agent_greeted(AgentSession& session, const Peer& peer) override;
  void agents_changed() override;
  void on_deadline(Deadline&) override { refresh(); }

  Shard& shard_;
  AgentsBackend& backend_;
  Logger& log_;
  const std::shared_ptr<ConnectedAgents> agents_;  // shared with the part of a generation that overlaps
  Listener& listener_;
  AuthenticatorPart* authenticator_ = nullptr;
  RegistrarPart* registrar_ = nullptr;  // on the control shard, where there is one
  const Duration dial_timeout_;
  TimePoint await_agents_until_ = TimePoint::min();
  const std::uint32_t tunnels_per_agent_;
  std::vector<Choice> choices_;
  std::uint64_t built_version_ = 0;
  Deadline refresh_;
  TaskGroup tasks_;
  const std::shared_ptr<AgentService> service_;  // shared with the connections that it accepted
  Counter& succeeded_;
  std::array<Counter*, 9> failed_{};  // by DialErrc
  bool stopped_ = false;
};

}  // namespace konduit::transport_grpc
