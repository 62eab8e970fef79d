#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "konduit/frontend.hpp"
#include "konduit/task_group.hpp"
#include "transport-grpc/first_byte_gate.hpp"
#include "transport-grpc/packet_stream.hpp"
#include "transport-grpc/tunnel_table.hpp"

// The packet's.
class DialRequest;
class Reset;

namespace konduit::transport_grpc {

/// Where connectIDs come from. One per process and role: stock servers key tunnels by agent and number, so numbers that
/// began anew with each connection would collide. Any thread.
using ConnectIds = std::atomic<std::int64_t>;

/// The end of a packet stream that is asked to dial: the grpc frontend towards a client, the uplink towards a server.
///
/// DIAL_REQ becomes a dial of the pipeline and is answered with DIAL_RSP; the tunnel is handed to the relay. Ids of the
/// peer name nothing but what it asked for on this very stream.
///
/// Thread: the shard's. Lifetime: that of the packet stream. lose() before destruction.
class AnsweringEnd final : private TunnelOwner, private FirstByteGate::Owner {
 public:
  /// What the ends of a connection have in common. The connection keeps it.
  struct Settings {
    std::string_view frontend;  ///< For DialRequest::frontend. Of the service.
    Peer peer;
    std::size_t max_pending = 1000;  ///< Dials under way, gates included; beyond: refused.
    Duration dial_timeout = std::chrono::seconds(30);
  };

  class Handler {
   public:
    /// The last dial or tunnel has ended and the peer has been told. The end may be lost in here, not destroyed.
    virtual void on_idle() = 0;
    /// The peer names a tunnel that there is not.
    virtual void on_unknown_data(std::int64_t connect_id) = 0;
    virtual void on_unknown_close(std::int64_t connect_id) = 0;
    /// Sends a PING with `id`, whose ack goes to answer_taken(). Only where tunnels are gated.
    virtual void ping(std::int64_t id) = 0;
    /// No ack of a PING with `id` is waited for any more.
    virtual void forget_ping(std::int64_t id) = 0;

   protected:
    ~Handler() = default;
  };

  /// `gated`: the peer is a stock client; each tunnel gets a FirstByteGate.
  AnsweringEnd(PacketStream& packets, Dialer& dialer, TaskGroup& tasks, ConnectIds& ids, const Settings& settings,
               bool gated, std::shared_ptr<const TunnelContext> context, Handler& handler);
  ~AnsweringEnd();
  AnsweringEnd(const AnsweringEnd&) = delete;
  AnsweringEnd& operator=(const AnsweringEnd&) = delete;

  void on_packet(const ::Packet& packet);
  void on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge);
  void on_window(std::int64_t connect_id, std::int64_t bytes);
  void answer_taken(std::int64_t id);

  /// What has been agreed with the peer is known now. Before the first packet.
  void agree(std::shared_ptr<const TunnelContext> context);

  /// Ends all tunnels with CLOSE_RSP and `error`, without waiting for their readers.
  void close_all(std::string_view error);
  /// The packet stream is gone: pending dials are cancelled, tunnels are told.
  void lose(error_code why);

  bool idle() const noexcept { return pending_.empty() && tunnels_.empty() && gates_.empty(); }
  std::size_t tunnels() const noexcept { return tunnels_.size(); }
  std::size_t pending() const noexcept { return pending_.size(); }
  /// DIAL_REQs that were taken up, so far.
  std::uint64_t dials() const noexcept { return dials_; }

 private:
  struct Pending;
  /// A tunnel whose client may not be sent anything yet, and what is to be sent when it is over already.
  struct Gated {
    std::unique_ptr<FirstByteGate> gate;
    std::optional<std::string> close_error;
  };

  static awaitable<void> answer(std::shared_ptr<Pending> pending, Dialer* dialer, konduit::DialRequest request);

  void begin(const ::DialRequest& request);
  void dialled(const Pending& pending, DialResult<std::unique_ptr<Tunnel>> result);
  void open_tunnel(const Pending& pending, std::unique_ptr<Tunnel> tunnel);
  void refuse(std::int64_t random, std::string_view words);
  void cancel(std::int64_t random);
  /// The client names the tunnel, so it knows of it: what was kept from it may go.
  void open_gate(std::int64_t connect_id);
  void close_requested(std::int64_t connect_id);
  void half_closed(std::int64_t connect_id);
  void reset_by_peer(const ::Reset& reset);
  /// The tunnel is over on this side: says CLOSE_RSP, now or when the gate opens.
  void finish(TunnelStream& tunnel, std::string_view error);
  void forget(std::int64_t connect_id, const ::Packet& farewell);
  void drop_gates();
  void check_idle();

  void close_tunnel(TunnelStream& tunnel) override;
  void abort_tunnel(TunnelStream& tunnel, ResetReason reason) override;
  void ping(std::int64_t id) override;
  void on_gate_open(std::int64_t id) override;

  PacketStream& packets_;
  Dialer& dialer_;
  TaskGroup& tasks_;
  ConnectIds& ids_;
  const Settings& settings_;
  const bool gated_;
  std::shared_ptr<const TunnelContext> context_;  // shared with the tunnels
  Handler& handler_;
  TunnelTable tunnels_;
  // A hash table keeps its buckets, and what is here is short-lived.
  std::map<std::int64_t, std::shared_ptr<Pending>> pending_;  // shared with the dial's task
  std::map<std::int64_t, Gated> gates_;
  std::uint64_t dials_ = 0;
};

}  // namespace konduit::transport_grpc
