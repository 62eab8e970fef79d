#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http2/connection.hpp"
#include "konduit/connection.hpp"
#include "konduit/deadline.hpp"
#include "transport-grpc/agent_session.hpp"
#include "transport-grpc/keep_alive.hpp"
#include "transport-grpc/retired.hpp"

namespace konduit::transport_grpc {

/// Decides on agents that greet.
class AgentAdmission {
 public:
  /// AgentSession::admit() or refuse() is to follow, now or later.
  virtual void agent_greeted(AgentSession& session, const Peer& peer) = 0;

 protected:
  ~AgentAdmission() = default;
};

/// What the connections that one part of the backend accepted have in common.
struct AgentService {
  Shard& shard;
  PacketCounters& counters;
  std::string server_id;
  std::string server_count;
  Duration keep_alive;
  MemoryBudget& budget;
  Offenders& offenders;
  DialMeasures& dials;
  AgentAdmission* admission;  ///< Null once that part has stopped.
  std::shared_ptr<http2::SessionMemory> memory = http2::make_session_memory();
};

/// An agent's HTTP/2 connection to the server. Stock agents open one stream on it.
///
/// Thread: the shard's. Lifetime: its owner's, who destroys it some time after Owner::connection_closed().
class AgentConnection final : private http2::ConnectionHandler, private Deadline::Owner {
 public:
  class Owner {
   public:
    virtual std::uint64_t next_sequence() = 0;
    /// Nobody is an agent on the connection, from its begin or from now on.
    virtual void agent_awaited(AgentConnection& connection) = 0;
    /// Somebody is.
    virtual void agent_found(AgentConnection& connection) = 0;
    virtual void session_began(AgentSession& session) = 0;
    virtual void agent_connected(AgentSession& session, const AgentPtr& agent) = 0;
    virtual void agent_refused(std::string_view id, const Peer& peer, const http2::GrpcEnd& why) = 0;
    virtual void agent_draining(const Agent& agent) = 0;
    /// It does not take what is sent to it, or does so again.
    virtual void agent_stuck(const Agent& agent, bool stuck) = 0;
    /// It has not done so for long: its connection is about to be closed.
    virtual void agent_given_up(const Agent& agent) = 0;
    virtual void agent_gone(AgentSession& session, const AgentPtr& agent) = 0;
    virtual void load_changed(std::int64_t difference) = 0;
    /// The session takes part in nothing any more.
    virtual void session_ended(AgentSession& session) = 0;
    virtual void connection_closed(AgentConnection& connection, error_code reason, std::string_view text) = 0;

   protected:
    ~Owner() = default;
  };

  static constexpr PacketStream::Water kWater{512 * 1024, 256 * 1024};
  /// Connect streams of one connection. Stock agents have one.
  static constexpr std::uint32_t kStreams = 16;
  /// How long a connection may be there without an agent that was let in, however often somebody calls on it. Who is
  /// being judged then gets the time that judging may take.
  static constexpr Duration kIdle = std::chrono::seconds(30);
  /// Calls of one connection of which nothing comes; the next one ends it. Stock agents come on a new one each time.
  static constexpr std::uint32_t kFutileCalls = 16;

  AgentConnection(std::shared_ptr<AgentService> service, Connection connection, Owner& owner);

  void close() { http2_.close(http2::ErrorCode::no_error, "the server is shutting down"); }

  /// Closes it in favour of another one on which an agent may come.
  void give_way() { http2_.close(http2::ErrorCode::no_error, "too many connections wait for an agent to be let in"); }

  const Peer& peer() const noexcept { return peer_; }
  AgentService& service() noexcept { return *service_; }
  Owner& owner() noexcept { return owner_; }
  http2::Connection& http2() noexcept { return http2_; }
  void retire(AgentSession& session);
  /// A session is let in. True where another one had been before it.
  bool admitted();
  /// A session's agent is an end of this project.
  void watch_closely() { keep_alive_.watch_closely(); }

 private:
  http2::StreamHandler* on_stream(http2::StreamId id, const http2::Headers& headers, bool end) override;
  void on_ping_ack(std::uint64_t opaque) override;
  void on_closed(error_code reason, std::string_view text) override;
  void on_deadline(Deadline&) override;
  void await_agent();
  /// No agent that stays has come of a call.
  void count_futile_call();

  const std::shared_ptr<AgentService> service_;  // shared with the part that accepted it and its other connections
  Owner& owner_;
  const Peer peer_;
  http2::Connection http2_;
  KeepAlive keep_alive_;
  std::unordered_map<http2::StreamId, std::unique_ptr<AgentSession>> sessions_;
  Retired<AgentSession> retired_;
  std::uint32_t agents_ = 0;  // sessions that were let in
  Deadline idle_;             // runs while there is none of them
  bool overdue_ = false;      // it has passed, and only who is being judged is waited for
  std::uint32_t futile_calls_ = 0;
  bool had_agent_ = false;
};

}  // namespace konduit::transport_grpc
