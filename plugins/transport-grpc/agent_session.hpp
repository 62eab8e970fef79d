#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "konduit/deadline.hpp"
#include "konduit/selector.hpp"
#include "transport-grpc/agent_greeting.hpp"
#include "transport-grpc/dialing_end.hpp"
#include "transport-grpc/packet_stream.hpp"
#include "transport-grpc/stuck_watch.hpp"

namespace konduit::transport_grpc {

class AgentConnection;

/// One /AgentService/Connect stream of an agent, from its greeting on. It serves dials once it has been admitted.
///
/// Thread: the shard's. Lifetime: the connection's, which destroys it some time after it ended.
class AgentSession final : private PacketStream::Handler,
                           private DialingEnd::Handler,
                           private StuckWatch::Owner,
                           private Deadline::Owner {
 public:
  /// How long authentication may take.
  static constexpr Duration kAdmission = std::chrono::seconds(10);

  /// Who leaves sooner after that has made every shard build its indexes for nothing.
  static constexpr Duration kStay = std::chrono::seconds(1);

  /// What it may say in one packet before it has been let in.
  static constexpr std::size_t kUnknownsPacket = 4 * 1024;

  AgentSession(AgentConnection& connection, http2::StreamId id, AgentGreeting greeting, std::uint64_t sequence);
  ~AgentSession();

  http2::StreamId id() const noexcept { return id_; }
  std::uint64_t sequence() const noexcept { return sequence_; }
  http2::StreamHandler& handler() noexcept { return packets_; }
  /// Once, for who judges the agent.
  std::string take_token() noexcept { return std::move(greeting_.token); }
  const PeerFeatures& features() const noexcept { return greeting_.features; }
  /// It was let in, be it there or gone.
  bool admitted() const noexcept { return admitted_at_.has_value(); }
  /// It was let in, and has been there for long enough to be of use.
  bool stayed() const noexcept;
  /// It was let in on a connection on which another one had been.
  bool came_again() const noexcept { return came_again_; }

  void set_round_trip(Duration round_trip) noexcept { packets_.set_round_trip(round_trip); }

  /// The agent may serve: sends the initial headers and makes it known. refuse(), where its identifiers make no sense.
  void admit(Identity identity);
  void refuse(const http2::GrpcEnd& why);

  /// As DialingEnd::dial().
  awaitable<DialResult<StreamPtr>> dial(Target target, TimePoint deadline) {
    return DialingEnd::dial(&end_, std::move(target), deadline);
  }

 private:
  void on_metadata(const http2::Headers&) override {}
  void on_packet(const ::Packet& packet) override;
  void on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) override;
  void on_window(std::int64_t connect_id, std::int64_t bytes) override { end_.on_window(connect_id, bytes); }
  void on_stream_end(const http2::GrpcEnd& end) override;
  void on_load(std::size_t pending, std::size_t tunnels) override;
  void on_stuck(bool stuck) override;
  void on_given_up() override;
  void on_deadline(Deadline&) override;

  void leave();

  AgentConnection& connection_;
  const http2::StreamId id_;
  const std::uint64_t sequence_;
  AgentGreeting greeting_;
  PacketStream packets_;
  DialingEnd end_;
  std::shared_ptr<Agent> agent_;  // null until admitted; shared with the registry's snapshots and the indexes
  StuckWatch watch_;              // where credit was not agreed: with it no tunnel holds the stream
  Deadline admission_;
  std::size_t pending_ = 0;  // dials under way, as they were counted last
  std::optional<TimePoint> admitted_at_;
  bool came_again_ = false;
  bool drains_ = false;  // it has said so
  bool left_ = false;
};

}  // namespace konduit::transport_grpc
