#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "konduit/dial.hpp"
#include "transport-grpc/dial_measures.hpp"
#include "transport-grpc/packet_stream.hpp"
#include "transport-grpc/tunnel_table.hpp"

class DialResponse;  // the packet's

namespace konduit::transport_grpc {

/// The end of a packet stream that dials: the server towards an agent, a client towards a server.
///
/// The peer's connectIDs and answers count on this very stream only, and only for what was dialled on it: an answer
/// that matches no dial is closed again, a number that is in use is refused.
///
/// Thread: the shard's. Lifetime: that of the packet stream. lose() before destruction.
class DialingEnd final : private TunnelOwner {
 public:
  class Handler {
   public:
    /// How many dials and tunnels there are has changed, or a tunnel waits for the peer to confirm its close. The end
    /// may be lost in here, not destroyed.
    virtual void on_load(std::size_t pending, std::size_t tunnels) = 0;

   protected:
    ~Handler() = default;
  };

  /// `context` is that of its tunnels; its features are what is agreed with the peer, or what was
  /// announced to it if agree() is to follow.
  DialingEnd(PacketStream& packets, std::shared_ptr<const TunnelContext> context, DialMeasures& measures,
             Handler& handler);
  ~DialingEnd();
  DialingEnd(const DialingEnd&) = delete;
  DialingEnd& operator=(const DialingEnd&) = delete;

  /// What has been agreed with the peer is known now, where the first dial did not wait for it. Before its answer.
  void agree(std::shared_ptr<const TunnelContext> context);

  /// Sends DIAL_REQ and waits for the answer by `deadline`. Errors: the peer's, with its words; timeout; cancelled;
  /// peer_gone (retryable) when the packet stream ends; overloaded (retryable) where it is overfull. After a
  /// cancellation or timeout the peer is told, and a late success is closed. Static: the end may be gone when the
  /// coroutine goes on.
  static awaitable<DialResult<StreamPtr>> dial(DialingEnd* end, Target target, TimePoint deadline);

  /// DIAL_RSP, CLOSE_RSP and DIAL_CLS, and what was agreed; others are ignored.
  void on_packet(const ::Packet& packet);
  void on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge);
  void on_window(std::int64_t connect_id, std::int64_t bytes);

  /// The packet stream is gone: pending dials fail at once, with `words` if there are any, and tunnels are told.
  void lose(error_code why, std::string_view words = {});

  std::size_t tunnels() const noexcept { return tunnels_.size(); }
  std::size_t pending() const noexcept { return pending_.size(); }
  /// All tunnels that there are wait for the peer to confirm their close.
  bool closing() const { return !tunnels_.empty() && tunnels_.all().empty(); }

 private:
  struct Pending;

  void begin(Pending& pending);
  void give_up(Pending& pending);
  /// `failure`: what it is if the answer is no.
  void answered(const ::DialResponse& response, DialFailure failure);
  void answered_late(const ::DialResponse& response);
  DialResult<StreamPtr> open_tunnel(std::int64_t connect_id, std::int64_t credit);
  void half_closed(std::int64_t connect_id);
  void closed_by_agent(std::int64_t connect_id, error_code end);
  /// The tunnel is over on this side: says so behind what was sent.
  void finish(TunnelStream& tunnel, const ::Packet& farewell);
  void load_changed() { handler_.on_load(pending_.size(), tunnels_.size()); }

  void close_tunnel(TunnelStream& tunnel) override;
  void abort_tunnel(TunnelStream& tunnel, ResetReason reason) override;

  PacketStream& packets_;
  std::shared_ptr<const TunnelContext> context_;  // shared with the tunnels
  DialMeasures& measures_;
  Handler& handler_;
  TunnelTable tunnels_;
  std::unordered_map<std::int64_t, Pending*> pending_;  // they live in the frames of dial()
  std::size_t given_up_ = 0;                            // dials that may still be answered
  std::int64_t last_random_;
};

}  // namespace konduit::transport_grpc
