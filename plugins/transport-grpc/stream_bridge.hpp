#pragma once

#include <memory>
#include <string>

#include "konduit/deadline.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit::transport_grpc {

/// Carries a tunnel to another shard: joins the tunnel, on the agent's shard, with one end of a stream pair whose other
/// end is the dialling shard's. What one side takes slowly is not read from the other. The end of one direction is
/// passed on behind its bytes, a reset at once; when both have ended, both streams are closed.
///
/// Thread: the agent's shard's. Lifetime: the owner's, which destroys it some time after bridge_ended().
class StreamBridge final : private Deadline::Owner {
 public:
  class Owner {
   public:
    virtual void bridge_ended(StreamBridge& bridge) = 0;

   protected:
    ~Owner() = default;
  };

  /// How long a close may go without progress.
  static constexpr Duration kPatience = std::chrono::seconds(10);
  /// The same for what one side has left to say when the other one has gone; as a relay waits.
  static constexpr Duration kGrace = std::chrono::seconds(30);

  StreamBridge(Shard& shard, StreamPtr tunnel, StreamPtr pair, Owner& owner);

  /// Begins; bridge_ended() may come in here.
  void start();

 private:
  /// One of the two streams, and the bytes read from it that the other has not taken.
  struct Side final : Stream::Observer {
    Side(StreamBridge& b, StreamPtr s) : bridge(b), stream(std::move(s)) {}

    void on_readable() override { bridge.pump(*this); }
    void on_writable() override { bridge.pump(bridge.other(*this)); }
    void on_closed(error_code reason) override { bridge.closed(*this, reason); }

    std::size_t left() const { return stream->unread() + held.size() + stream->queued(); }

    StreamBridge& bridge;
    StreamPtr stream;
    BufferQueue held;
    error_code read_end;
    bool finished = false;  // what it says has been passed on, or nobody takes it
    bool refuses = false;   // it takes no more bytes
    bool closed = false;    // nothing more will happen on it
  };

  Side& other(Side& side) noexcept { return &side == &tunnel_ ? pair_ : tunnel_; }
  void pump(Side& from);
  bool read(Side& from);
  void pass_end(Side& from);
  void finish(Side& from);
  void close_both();
  void closed(Side& side, error_code reason);
  void end();
  /// Bytes that have not come to their other side.
  std::size_t left() const { return tunnel_.left() + pair_.left(); }
  void wait(Duration time);
  void on_deadline(Deadline&) override;

  Owner& owner_;
  Side tunnel_;
  Side pair_;
  Deadline patience_;
  std::size_t left_then_ = 0;
  bool closing_ = false;
  bool ended_ = false;
};

/// The dialling shard's end of the pair. It says of half-close, and of who serves, what the tunnel behind it would.
StreamPtr far_end(StreamPtr pair_end, bool half_close, std::string remote);

}  // namespace konduit::transport_grpc
