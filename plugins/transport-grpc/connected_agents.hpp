#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "konduit/component.hpp"
#include "konduit/dial.hpp"
#include "konduit/event.hpp"
#include "konduit/log_pace.hpp"
#include "konduit/shard.hpp"
#include "konduit/task_group.hpp"
#include "transport-grpc/agent_connection.hpp"
#include "transport-grpc/agent_registry.hpp"
#include "transport-grpc/packet_counters.hpp"
#include "transport-grpc/remote_dial.hpp"
#include "transport-grpc/retired.hpp"
#include "transport-grpc/stream_bridge.hpp"

namespace konduit::transport_grpc {

/// The agents that are connected on one shard, whichever generation of the backend let them in, and the dials over them
/// from any shard. When another generation takes over, agents and tunnels stay where they are.
///
/// Thread: the shard's. Shared by the parts that are there on it; the last one closes it before it lets go.
class ConnectedAgents final : private AgentConnection::Owner, private StreamBridge::Owner {
 public:
  /// A part that picks agents.
  class User {
   public:
    /// An agent has come or gone, on whatever shard. On the control shard only.
    virtual void agents_changed() = 0;

   protected:
    ~User() = default;
  };

  /// Connections of the shard on which nobody is an agent. One more, and the oldest gives way: a descriptor each is
  /// what strangers may have of the process. Twice as many as handshakes at a time, so that a burst of agents has room.
  static constexpr std::size_t kStrangers = 1024;

  /// `host` belongs to no generation, and outlives this.
  ConnectedAgents(Shard& shard, Host& host, std::shared_ptr<AgentRegistry> registry);
  ~ConnectedAgents();

  void enter(User& user);
  void leave(User& user) { std::erase(users_, &user); }
  /// Nobody but one part, which is about to leave: the agents are its to close.
  bool has_one_user() const noexcept { return users_.size() == 1; }
  /// close() has been carried out, and nobody has entered since.
  bool closed() const noexcept;

  /// What connections that a part accepts have in common.
  std::shared_ptr<AgentService> make_service(std::string server_id, std::string server_count, Duration keep_alive,
                                             AgentAdmission& admission);
  void accept(std::shared_ptr<AgentService> service, Connection connection);
  /// Null once it takes part in nothing any more.
  AgentSession* session(std::uint64_t sequence) const noexcept;

  /// Dials over an agent of any shard.
  awaitable<DialResult<StreamPtr>> dial(AgentPtr agent, Target target, TimePoint deadline);
  /// No agent was there to be asked.
  void found_none() { dials_.failed(DialFailure::no_agent); }

  /// Completes when an agent has come, on whatever shard, with the error of Event::wait() where none does.
  awaitable<error_code> arrival(TimePoint deadline);

  /// Completes when no dial and no tunnel runs, or at `deadline`.
  awaitable<void> idle(TimePoint deadline);
  /// Closes the connections that are there and gives the last frames a moment to leave. Those of a generation that
  /// enters meanwhile stay.
  awaitable<void> close();

 private:
  static awaitable<void> answer(ConnectedAgents* self, std::shared_ptr<RemoteDial> dial, AgentPtr agent, Target target,
                                TimePoint deadline);

  awaitable<DialResult<StreamPtr>> dial_here(AgentPtr agent, Target target, TimePoint deadline);
  /// dial_here() as the root of a chain of coroutines: cancellation is answered and not thrown.
  awaitable<DialResult<StreamPtr>> dial_quietly(AgentPtr agent, Target target, TimePoint deadline);
  awaitable<DialResult<StreamPtr>> dial_there(AgentPtr agent, Target target, TimePoint deadline);
  /// A dial for another shard, over an agent that lives here.
  void dial_for(std::shared_ptr<RemoteDial> dial, AgentPtr agent, Target target, TimePoint deadline);
  DialResult<StreamPtr> send_home(Shard& home, bool half_close, DialResult<StreamPtr> result);
  /// Whether a line of the kind that `pace` rations may be told; first says how many were not.
  bool may_tell(LogPace& pace, LogLevel level, std::string_view untold);
  void tell_users();
  void tell_waiting_dials();

  std::uint64_t next_sequence() override { return registry_->next_sequence(); }
  void agent_awaited(AgentConnection& connection) override;
  void agent_found(AgentConnection& connection) override;
  void session_began(AgentSession& session) override;
  void agent_connected(AgentSession& session, const AgentPtr& agent) override;
  void agent_refused(std::string_view id, const Peer& peer, const http2::GrpcEnd& why) override;
  void agent_draining(const Agent& agent) override;
  void agent_stuck(const Agent& agent, bool stuck) override;
  void agent_given_up(const Agent& agent) override;
  void agent_gone(AgentSession& session, const AgentPtr& agent) override;
  void load_changed(std::int64_t difference) override;
  void session_ended(AgentSession& session) override;
  void connection_closed(AgentConnection& connection, error_code reason, std::string_view text) override;

  void bridge_ended(StreamBridge& bridge) override;

  Shard& shard_;
  Host& host_;
  Logger& log_;
  LogPace refusals_;
  LogPace restless_;                               // agents that come and go on one connection
  const std::shared_ptr<AgentRegistry> registry_;  // shared with the other shards' and messages between them
  std::vector<User*> users_;
  std::shared_ptr<TaskGroup> tasks_;  // shared with a close() that waits for them
  PacketCounters counters_;
  Offenders offenders_;
  DialMeasures dials_;
  Gauge& connected_;
  Counter& given_up_;
  std::unordered_map<std::uint64_t, AgentSession*> sessions_;  // by sequence
  std::unordered_map<AgentConnection*, std::unique_ptr<AgentConnection>> connections_;
  std::deque<AgentConnection*> strangers_;  // of those, the ones without an agent, oldest first
  std::unordered_map<StreamBridge*, std::unique_ptr<StreamBridge>> bridges_;
  Retired<AgentConnection> retired_;
  Retired<StreamBridge> retired_bridges_;
  std::int64_t load_ = 0;
  Event idle_;     // set while no dial or tunnel runs
  Event empty_;    // set when the last connection has closed
  Event arrived_;  // set when an agent has come
};

}  // namespace konduit::transport_grpc
