#pragma once

#include <cstddef>
#include <cstdint>

#include "http2/connection.hpp"
#include "http2/grpc.hpp"
#include "konduit/buffer.hpp"
#include "konduit/shard.hpp"
#include "proto/packet.hpp"
#include "transport-grpc/fair_room.hpp"
#include "transport-grpc/packet_counters.hpp"
#include "transport-grpc/peer_features.hpp"

namespace konduit::transport_grpc {

/// The gRPC stream of packets that tunnels live on: one HTTP/2 stream of /ProxyService/Proxy or /AgentService/Connect,
/// at either end of it.
///
/// **Windows.** Control packets and headers are given back to the peer's window at once; payload when consume() says
/// so.
/// **Output.** Packets leave in the order in which they were sent. Tunnels ask for room first, so that they share the
/// stream fairly and the queue stays bounded; control packets do not ask.
///
/// **Thread**: the shard's. **Lifetime**: within the http2 connection's, and never destroyed in a callback of its own.
class PacketStream final : public http2::StreamHandler {
 public:
  class Handler {
   public:
    /// Client's end: the answer's metadata.
    virtual void on_metadata(const http2::Headers& headers) = 0;
    /// A control packet; DATA never comes here.
    virtual void on_packet(const ::Packet& packet) = 0;
    /// Bytes of a tunnel, in order, to be moved out. `charge` of them are to be consume()d later. `payload` is empty
    /// where a peer sent an empty packet.
    virtual void on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) = 0;
    /// The peer takes so many bytes more on a tunnel: whatever it wrote, also where credit was not agreed.
    virtual void on_window(std::int64_t connect_id, std::int64_t bytes) = 0;
    /// The last call: nothing can be sent or received any more. Not after end().
    virtual void on_stream_end(const http2::GrpcEnd& end) = 0;

   protected:
    ~Handler() = default;
  };

  /// Assumed until one was measured.
  static constexpr Duration kUnknownRoundTrip = std::chrono::milliseconds(50);

  /// The marks between which the shared output queue moves; to be given to the connection as well.
  struct Water {
    std::uint32_t high = 512 * 1024;
    std::uint32_t low = 256 * 1024;
  };
  /// What a tunnel may send in its turn while others wait, but for less than a frame: one HTTP/2 frame at the least,
  /// three at the most.
  static constexpr FairRoom::Quantum kQuantum{proto::kDataPayload, 3 * proto::kDataPayload};
  /// Replies to packets that name nothing are left out while more than this is queued, and new dials are refused: a
  /// peer that never reads gets no memory of ours.
  static constexpr std::size_t kControlLimit = 1024 * 1024;

  PacketStream(http2::Connection& connection, http2::Role role, Water water, PacketCounters& counters,
               Handler& handler);
  ~PacketStream();

  /// Binds the HTTP/2 stream: what on_stream() was called with, or request() returned.
  void attach(http2::StreamId id) noexcept { id_ = id; }

  void send(const ::Packet& packet);
  /// As send(), for an answer that may be left out when the peer does not read.
  void reply(const ::Packet& packet);

  /// Bytes that `who` may send now; 0: it stands in line and on_room() follows.
  std::size_t ask_room(FairRoom::Waiter& who);
  /// Sends DATA from the front of `payload` while fewer than `room` bytes have gone, and so at most a frame more than
  /// that, but never more than `limit`; returns how many bytes went.
  std::size_t send_data(std::int64_t connect_id, BufferQueue& payload, std::size_t room, std::size_t limit);
  /// `who` has more to send than it was given room for: on_room() follows.
  void stand_in_line(FairRoom::Waiter& who);
  /// Tells the peer that it may send `bytes` more on a tunnel. REQUIRES: credit was agreed.
  void send_window(std::int64_t connect_id, std::int64_t bytes);
  void leave_line(FairRoom::Waiter& who) noexcept { room_.leave(who); }

  /// What was agreed with the peer, or announced to it: how long messages are. Until then it is taken for a stock one.
  void agree(const PeerFeatures& features) noexcept;
  /// The longest message, but for DATA, that is taken from now on.
  void limit_control(std::size_t bytes) noexcept { reader_.limit_whole(bytes); }

  /// What the part counts.
  PacketCounters& counters() noexcept { return counters_; }

  /// Gives received payload back to the peer's window.
  void consume(std::size_t bytes);

  /// Ends the stream: the server's end says `end` behind everything sent, the client's end resets. No callback follows.
  void end(const http2::GrpcEnd& end);

  /// Nothing is sent or received any more, and the HTTP/2 stream is the caller's affair.
  void abandon() noexcept { ended_ = true; }

  bool ended() const noexcept { return ended_; }
  /// Bytes sent so far, and those of them that are in frames. For who must know that something has left.
  std::uint64_t pushed() const noexcept { return pushed_; }
  std::uint64_t framed() const noexcept { return pushed_ - connection_.queued(id_); }
  /// More is queued than tunnels may queue: what control packets add is not taken.
  bool overfull() const noexcept { return connection_.queued(id_) >= kControlLimit; }
  /// The peer's window of this stream is shut, and something waits for it.
  bool held_back() const noexcept { return connection_.held_back(id_); }
  /// The peer's host has everything that was sent; where nobody can tell that, the kernel has it. Costs a system call.
  bool flushed() const {
    if (connection_.queued(id_) > 0 || connection_.unsent() > 0) return false;
    const Delivery output = connection_.delivery();
    return output.delivered == output.taken;
  }
  /// How long the peer takes to answer, as far as its connection knows.
  Duration round_trip() const noexcept { return round_trip_; }
  void set_round_trip(Duration round_trip) noexcept { round_trip_ = round_trip; }
  Shard& shard() noexcept { return connection_.shard(); }
  http2::Connection& connection() noexcept { return connection_; }

 private:
  void on_headers(http2::StreamId id, const http2::Headers& headers, bool end) override;
  void on_data(http2::StreamId id, Buffer bytes) override;
  void on_trailers(http2::StreamId id, const http2::Headers& trailers) override;
  void on_end(http2::StreamId id) override;
  void on_writable(http2::StreamId id) override;
  void on_closed(http2::StreamId id, http2::ErrorCode code) override;

  void dispatch();
  void refuse(proto::PacketReader::Error error);
  void finish(const http2::GrpcEnd& end);
  /// Tells the connection to say when the queue has fallen, if somebody waits for it.
  void arm() noexcept;

  http2::Connection& connection_;
  const http2::Role role_;
  PacketCounters& counters_;
  Handler& handler_;
  http2::StreamId id_ = 0;
  proto::PacketReader reader_;
  FairRoom room_;
  std::size_t frames_;    // of HTTP/2, that a message may fill
  BufferQueue outgoing_;  // empty between calls; a member for its ring
  std::uint64_t pushed_ = 0;
  Duration round_trip_ = kUnknownRoundTrip;
  http2::GrpcEnd status_{http2::GrpcStatus::unknown, "the stream ended without a status"};
  bool ended_ = false;
};

}  // namespace konduit::transport_grpc
