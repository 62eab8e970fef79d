#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "konduit/budget.hpp"
#include "konduit/buffer.hpp"
#include "konduit/deadline.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"
#include "transport-grpc/fair_room.hpp"
#include "transport-grpc/offenders.hpp"
#include "transport-grpc/packet_stream.hpp"
#include "transport-grpc/peer_features.hpp"
#include "transport-grpc/receive_window.hpp"

namespace konduit::transport_grpc {

class TunnelStream;

/// The end of a packet stream that a tunnel belongs to: it knows how this side says that a tunnel is over.
class TunnelOwner {
 public:
  /// close() was called: tell the peer behind what was sent, and confirm_close().
  virtual void close_tunnel(TunnelStream& tunnel) = 0;
  /// The tunnel goes now, in order or not: tell the peer if it does not know, and detach() the tunnel.
  virtual void abort_tunnel(TunnelStream& tunnel, ResetReason reason) = 0;

 protected:
  ~TunnelOwner() = default;
};

/// What the tunnels of one end have in common. `budget` and `offenders` outlive whatever holds bytes of a peer.
struct TunnelContext {
  PeerFeatures features;
  /// Other tunnels share the HTTP/2 stream, so that none of them may hold its window for long.
  bool shared_stream = false;
  std::string remote;  ///< Stream::remote()
  MemoryBudget& budget;
  Offenders& offenders;
};

/// One tunnel over a packet stream, as a byte stream.
///
/// Received bytes wait here until they are read. **With credit** (docs/protocol.md) the peer sends no more than the
/// tunnel's window, so that a reader that stands still stops this tunnel alone. **Without it**, towards stock peers, a
/// share of the budget is given back to the HTTP/2 stream's window at once; what goes beyond holds that window, as TCP
/// would. Where other tunnels share the stream, one that holds it and is not read for MemoryBudget::kStallLimit is
/// ended. Where the stream carries this tunnel alone, its window is the tunnel's.
///
/// While the process is over its memory budget, a tunnel that holds more than its share is ended, also one that the
/// peer has closed: with credit, which is promised within the budget, when it is not read for that long; without it
/// when more comes than its reader takes, and when less than a share is read in that time. While memory is scarce, a
/// reader is given no more than a share at once.
///
/// What comes in small pieces while nobody reads is gathered, so that it holds no more memory than its bytes; while
/// memory is scarce, so is every piece that holds a block several times its size.
///
/// An idle tunnel holds no buffer. Callbacks come when the loop's turn ends, so that all packets of a turn make one.
///
/// Thread: the shard's. Lifetime: the relay's; the packet stream may end before it (detach()).
class TunnelStream final : public Stream, private FlushHook, private FairRoom::Waiter, private Deadline::Owner {
 public:
  /// `credit`: what the peer takes before its first WINDOW; without meaning where credit was not agreed.
  TunnelStream(PacketStream& packets, TunnelOwner& owner, std::int64_t id, std::shared_ptr<const TunnelContext> context,
               std::int64_t credit);
  ~TunnelStream() override;

  void observe(Observer* observer) override;
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override;
  Result<std::size_t> try_write(BufferQueue& from) override;
  bool half_close() override;
  void close() override;
  void reset(ResetReason reason) override;
  ReadShape write_shape() const override;
  std::size_t unread() const override { return received_.size(); }
  std::optional<Delivery> delivery() const override;
  std::string_view remote() const override { return context_->remote; }

  // For the owner.

  std::int64_t id() const noexcept { return id_; }
  /// The peer has said that the tunnel is over.
  bool closed_by_peer() const noexcept { return peer_closed_; }

  /// Bytes of the peer; `charge` of them hold its HTTP/2 window. The owner may be told of a violation in here.
  void deliver(BufferQueue& payload, std::size_t charge);
  /// The peer takes so many bytes more. As deliver().
  void add_credit(std::int64_t bytes);
  /// The peer sends nothing more and goes on to receive.
  void half_close_by_peer() { end_reading(StreamErrc::end_of_stream); }
  /// The peer closed the tunnel: reading ends with `end` behind what has come, writing at once.
  void close_by_peer(error_code end);
  /// The close() of this end has been carried out. Detached from here on.
  void confirm_close();
  /// The packet stream is gone: what has come can be read, and then `why`. Detached from here on.
  void lose(error_code why);
  /// Cuts the ties to the packet stream and the owner.
  void detach();
  /// Takes nothing from the writer until release().
  void hold() noexcept { held_ = true; }
  void release();

 private:
  void flush() override;
  void on_room() override;
  void on_deadline(Deadline& which) override;

  bool has_credit() const noexcept { return !window_ || credit_ > 0; }
  void take_in(BufferQueue& payload);
  /// Ends the tunnel for what it or its peer did.
  void cut(ResetReason reason, StreamErrc why);
  void break_off();
  void end_reading(error_code why);
  void end_writing(error_code why);
  void tell_closed(error_code reason);
  /// Lets the peer send more, as far as what it sent has been read.
  void give_back(std::size_t read);
  void grant();
  bool told();
  void watch_reader(std::size_t read);
  void watch_from_now();
  void cut_over_budget();
  bool beyond_share() const noexcept { return unread() > context_->budget.share(); }
  /// What it does not read keeps the window of all tunnels shut.
  bool holds_others() const noexcept { return packets_ != nullptr && !window_ && context_->shared_stream; }
  void count_hold();
  void drop_received();
  bool readable() const noexcept { return unread() > 0 || read_end_.failed(); }

  PacketStream* packets_;  // null once detached
  TunnelOwner* owner_;
  Shard& shard_;
  Observer* observer_ = nullptr;
  const std::int64_t id_;
  BufferQueue received_;
  std::optional<ReceiveWindow> window_;  // where credit was agreed
  std::int64_t credit_ = 0;              // what the peer takes of us, likewise
  std::uint64_t told_at_ = 0;            // where a WINDOW that waits ends among the bytes of packets_, and ...
  std::size_t charged_ = 0;              // bytes of the HTTP/2 stream's window that are not given back yet
  std::size_t read_lately_ = 0;          // since stalled_ was armed
  error_code read_end_;
  error_code write_end_;
  error_code close_reason_;
  const std::shared_ptr<const TunnelContext> context_;  // shared by the tunnels of an end
  Deadline stalled_;
  std::uint32_t untold_ = 0;  // ... what it and those after it granted: not more than two windows
  bool want_read_ = false;
  bool want_write_ = false;
  bool held_ = false;
  bool closing_ = false;  // close() or reset() was called
  bool peer_closed_ = false;
  bool closed_due_ = false;   // on_closed() is to be said
  bool closed_done_ = false;  // it was said, or never will be
  bool wide_ring_ = false;
  bool holding_ = false;     // counted as one that holds the stream back
  TimePoint waits_since_{};  // for room to write; the epoch: it does not wait
};

}  // namespace konduit::transport_grpc
