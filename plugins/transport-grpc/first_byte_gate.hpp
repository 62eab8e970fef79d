#pragma once

#include <chrono>
#include <cstdint>

#include "konduit/deadline.hpp"
#include "konduit/shard.hpp"
#include "transport-grpc/packet_stream.hpp"

namespace konduit::transport_grpc {

/// Keeps a tunnel's first DATA or CLOSE_RSP away from its DIAL_RSP.
///
/// A stock client registers a new tunnel in another goroutine than the one that reads: what comes in the same read as
/// DIAL_RSP is lost. So nothing follows until the client has sent DATA on the tunnel, or has taken the DIAL_RSP (the
/// ack of an HTTP/2 PING that left behind it) and 2 ms have gone by. Source: serve and dialContext in
/// kubernetes-sigs/apiserver-network-proxy, konnectivity-client/pkg/client/client.go.
///
/// Made right after the DIAL_RSP was sent; dropped when it is open. Thread: the shard's.
class FirstByteGate final : private Deadline::Owner, private FlushHook {
 public:
  static constexpr Duration kDistance = std::chrono::milliseconds(2);
  /// How long to wait before asking again, when the PING left before the DIAL_RSP did because the client's window was
  /// shut.
  static constexpr Duration kAskAgain = std::chrono::milliseconds(20);

  class Owner {
   public:
    /// Sends a PING with `id` in it; answer_taken() follows its ack.
    virtual void ping(std::int64_t id) = 0;
    /// The last call. May destroy the gate.
    virtual void on_gate_open(std::int64_t id) = 0;

   protected:
    ~Owner() = default;
  };

  FirstByteGate(PacketStream& packets, Owner& owner, std::int64_t id);
  ~FirstByteGate() override = default;

  /// The ack of a ping() has come.
  void answer_taken();

 private:
  void flush() override;
  void on_deadline(Deadline& which) override;
  void ask();

  PacketStream& packets_;
  Owner& owner_;
  const std::int64_t id_;
  const std::uint64_t answer_end_;  // of the DIAL_RSP in the stream of sent bytes
  Deadline deadline_;
  bool left_ = false;   // the DIAL_RSP was in front of the last PING
  bool taken_ = false;  // and the client has taken both
};

}  // namespace konduit::transport_grpc
