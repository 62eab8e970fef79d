#pragma once

#include <chrono>
#include <cstdint>

#include "konduit/deadline.hpp"
#include "transport-grpc/packet_stream.hpp"

namespace konduit::transport_grpc {

/// Notices a peer that does not take what is sent on the stream that all its tunnels share. A stock agent hands DATA to
/// its tunnels one after another: an endpoint that does not read keeps the stream's window shut for all of them, for
/// dials and for the CLOSE_REQ that would end it. Nobody can tell which tunnel it is. A peer that does not have yet
/// what was sent, because its link is slow, is not stuck.
///
/// Thread: the shard's. Lifetime: within the packet stream's.
class StuckWatch final : private Deadline::Owner {
 public:
  /// How often it looks.
  static constexpr Duration kLook = std::chrono::seconds(5);
  /// How long nothing leaves until the peer counts as stuck, and until it is given up.
  static constexpr Duration kStuck = std::chrono::seconds(10);
  static constexpr Duration kGiveUp = std::chrono::seconds(60);

  class Owner {
   public:
    virtual void on_stuck(bool stuck) = 0;
    /// The last call.
    virtual void on_given_up() = 0;

   protected:
    ~Owner() = default;
  };

  StuckWatch(PacketStream& packets, Owner& owner);

  /// There are dials or tunnels, or there are none: then it watches only as long as something waits.
  void watch(bool used);
  void stop() noexcept { deadline_.disarm(); }

 private:
  void on_deadline(Deadline& which) override;
  /// The peer's host does not have yet what is in frames.
  bool arriving() const;
  void tell(bool stuck);

  PacketStream& packets_;
  Owner& owner_;
  Deadline deadline_;
  std::uint64_t framed_then_ = 0;
  TimePoint moved_at_{};
  bool used_ = false;
  bool stuck_ = false;
};

}  // namespace konduit::transport_grpc
