#pragma once

#include <chrono>
#include <cstdint>

#include "http2/connection.hpp"
#include "konduit/deadline.hpp"
#include "transport-grpc/packet_stream.hpp"

namespace konduit::transport_grpc {

/// Asks the peer of a connection from time to time whether it is there, by HTTP/2 PING, and closes the connection when
/// nothing at all comes back. How often is the caller's to choose: stock servers police their clients' PINGs (agent
/// port 30 s, frontend port 5 min), clients do not, and neither do ends of this project.
///
/// A link that is slow is none that is dead. While the PING waits behind other bytes, it is a sign of life that they
/// are taken, and while the ack does, that they come.
///
/// Thread: the shard's. Lifetime: within the connection's.
class KeepAlive final : private Deadline::Owner {
 public:
  /// What its PINGs carry; other PINGs must not.
  static constexpr std::uint64_t kOpaque = std::uint64_t{1} << 63;
  static constexpr Duration kPatience = std::chrono::seconds(20);
  /// Between ends of this project: a peer that has gone is noticed within the sum of both.
  static constexpr Duration kCloseInterval = std::chrono::seconds(5);
  static constexpr Duration kClosePatience = std::chrono::seconds(5);

  /// `interval` 0: never.
  KeepAlive(http2::Connection& connection, Duration interval);

  /// The peer is an end of this project: from now on it is asked often, for the first time at once. Idempotent.
  void watch_closely();

  /// An ack with kOpaque has come. False: nobody had asked for it.
  bool acknowledged();
  /// How long the last one took; a guess until one has come.
  Duration round_trip() const noexcept { return round_trip_; }

 private:
  void on_deadline(Deadline&) override;
  void ask();
  bool has_been_heard();
  bool has_taken();

  http2::Connection& connection_;
  Duration interval_;
  Duration patience_ = kPatience;
  Duration round_trip_ = PacketStream::kUnknownRoundTrip;
  Deadline deadline_;
  TimePoint asked_at_{};
  std::uint64_t received_then_ = 0;
  std::uint64_t in_front_ = 0;  // of the PING in the stream of sent bytes
  std::uint64_t delivered_then_ = 0;
  bool asked_ = false;
};

}  // namespace konduit::transport_grpc
