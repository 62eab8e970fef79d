#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "konduit/authenticator.hpp"
#include "konduit/backend.hpp"
#include "konduit/connection.hpp"
#include "konduit/deadline.hpp"
#include "konduit/event.hpp"
#include "konduit/registrar.hpp"
#include "konduit/selector.hpp"
#include "konduit/task_group.hpp"
#include "transport-grpc/agent_connection.hpp"
#include "transport-grpc/agent_registry.hpp"
#include "transport-grpc/log_pace.hpp"
#include "transport-grpc/packet_counters.hpp"
#include "transport-grpc/remote_dial.hpp"
#include "transport-grpc/stream_bridge.hpp"

namespace konduit::transport_grpc {

class AgentsBackend;

/// The `agents` backend on one shard: accepts agents, and dials through those of all shards.
class AgentsPart final : public BackendPart,
                         private Listener::Handler,
                         private AgentConnection::Owner,
                         private Deadline::Owner,
                         private StreamBridge::Owner {
 public:
  AgentsPart(AgentsBackend& backend, Attachment& attachment);
  ~AgentsPart() override;

  awaitable<void> start() override;
  awaitable<void> drain(TimePoint deadline) override;
  awaitable<void> stop() override;
  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override;

  /// The first selector could pick an agent for some dial.
  bool has_agents();
  /// How many it knows.
  std::size_t agents();
  /// A dial for another shard's part, over an agent that lives here.
  void dial_for(std::shared_ptr<RemoteDial> dial, AgentPtr agent, Target target, TimePoint deadline);

 private:
  struct Choice {
    SelectorPart* selector;
    std::unique_ptr<const AgentIndex> index;
    Gauge* size;  ///< Null but on the control shard: cells of several would be summed.
  };

  static awaitable<void> authenticate(AgentsPart* part, std::uint64_t sequence, Peer peer, std::string token);
  static awaitable<void> answer(AgentsPart* part, std::shared_ptr<RemoteDial> dial, AgentPtr agent, Target target,
                                TimePoint deadline);

  void refresh();
  /// The control part is to count anew whom selectors could pick, soon: agents may come in thousands.
  void tell_control_part();
  void on_deadline(Deadline&) override { refresh(); }
  AgentPtr pick(const DialRequest& request, const std::vector<AgentPtr>& tried);
  awaitable<DialResult<StreamPtr>> dial_over(AgentPtr agent, Target target, TimePoint deadline);
  awaitable<DialResult<StreamPtr>> dial_here(AgentPtr agent, Target target, TimePoint deadline);
  /// dial_here() as the root of a chain of coroutines: cancellation is answered and not thrown.
  awaitable<DialResult<StreamPtr>> dial_quietly(AgentPtr agent, Target target, TimePoint deadline);
  awaitable<DialResult<StreamPtr>> dial_there(AgentPtr agent, Target target, TimePoint deadline);
  void count(const DialResult<StreamPtr>& result);
  DialResult<StreamPtr> send_home(Shard& home, bool half_close, DialResult<StreamPtr> result);

  void on_connection(Connection connection) override;

  std::uint64_t next_sequence() override { return registry_->next_sequence(); }
  void agent_greeted(AgentSession& session, const Peer& peer) override;
  void agent_connected(AgentSession& session, const AgentPtr& agent) override;
  void agent_refused(AgentSession& session, const http2::GrpcEnd& why) override;
  void agent_draining(const Agent& agent) override;
  void agent_gone(AgentSession& session, const AgentPtr& agent) override;
  void load_changed(std::int64_t difference) override;
  void session_ended(AgentSession& session) override;
  void connection_closed(AgentConnection& connection, error_code reason, std::string_view text) override;

  void bridge_ended(StreamBridge& bridge) override;

  Shard& shard_;
  AgentsBackend& backend_;
  Logger& log_;
  LogPace refusals_;
  const std::shared_ptr<AgentRegistry> registry_;  // shared with the other parts and messages between them
  Listener& listener_;
  AuthenticatorPart* authenticator_ = nullptr;
  RegistrarPart* registrar_ = nullptr;  // on the control shard, where there is one
  const Duration dial_timeout_;
  const std::uint32_t tunnels_per_agent_;
  std::vector<Choice> choices_;
  std::uint64_t built_version_ = 0;
  Deadline refresh_;
  TaskGroup tasks_;
  PacketCounters counters_;
  Offenders offenders_;
  DialMeasures dials_;
  AgentService service_;
  Gauge& connected_;
  Counter& succeeded_;
  std::array<Counter*, 9> failed_{};                           // by DialErrc
  std::unordered_map<std::uint64_t, AgentSession*> sessions_;  // by sequence
  std::unordered_map<AgentConnection*, std::unique_ptr<AgentConnection>> connections_;
  std::unordered_map<StreamBridge*, std::unique_ptr<StreamBridge>> bridges_;
  Retired<AgentConnection> retired_;
  Retired<StreamBridge> retired_bridges_;
  std::int64_t load_ = 0;
  Event idle_;   // set while no dial or tunnel runs
  Event empty_;  // set when the last connection has closed
};

}  // namespace konduit::transport_grpc
