#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "konduit/buffer.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"
#include "transport-grpc/fair_room.hpp"
#include "transport-grpc/packet_stream.hpp"
#include "transport-grpc/peer_features.hpp"

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

/// One tunnel over a packet stream, as a byte stream.
///
/// Received bytes wait here until they are read. The first `bound` of them are given back to the peer's window at once,
/// what goes beyond holds it: 0 where the HTTP/2 stream carries this tunnel alone, so that its window is the tunnel's.
/// An idle tunnel holds no buffer. Callbacks come when the loop's turn ends, so that all packets of a turn make one.
///
/// A close by the peer is a close of both directions, never a half-close, which the stock protocol cannot say.
///
/// Thread: the shard's. Lifetime: the relay's; the packet stream may end before it (detach()).
class TunnelStream final : public Stream, private FlushHook, private FairRoom::Waiter {
 public:
  TunnelStream(PacketStream& packets, TunnelOwner& owner, std::int64_t id, std::size_t bound, PeerFeatures features,
               std::shared_ptr<const std::string> remote);
  ~TunnelStream() override;

  void observe(Observer* observer) override;
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override;
  Result<std::size_t> try_write(BufferQueue& from) override;
  bool half_close() override;
  void close() override;
  void reset(ResetReason reason) override;
  ReadShape write_shape() const override;
  std::size_t unread() const override { return received_.size(); }
  std::string_view remote() const override { return *remote_; }

  // For the owner.

  std::int64_t id() const noexcept { return id_; }
  /// The peer has said that the tunnel is over.
  bool closed_by_peer() const noexcept { return peer_closed_; }

  /// Bytes of the peer; `charge` of them hold its window.
  void deliver(BufferQueue& payload, std::size_t charge);
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

  void end_reading(error_code why);
  void end_writing(error_code why);
  void tell_closed(error_code reason);
  void give_back();
  void drop_received();
  bool readable() const noexcept { return !received_.empty() || read_end_.failed(); }

  PacketStream* packets_;  // null once detached
  TunnelOwner* owner_;
  Shard& shard_;
  Observer* observer_ = nullptr;
  const std::int64_t id_;
  BufferQueue received_;
  std::size_t charged_ = 0;  // bytes of the peer's window that are not given back yet
  const std::size_t bound_;
  error_code read_end_;
  error_code write_end_;
  error_code close_reason_;
  const PeerFeatures features_;
  const std::shared_ptr<const std::string> remote_;  // shared by the tunnels of a packet stream
  bool want_read_ = false;
  bool want_write_ = false;
  bool held_ = false;
  bool closing_ = false;  // close() or reset() was called
  bool peer_closed_ = false;
  bool closed_due_ = false;   // on_closed() is to be said
  bool closed_done_ = false;  // it was said, or never will be
  bool wide_ring_ = false;
};

}  // namespace konduit::transport_grpc
