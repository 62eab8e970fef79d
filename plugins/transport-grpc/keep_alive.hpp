#pragma once

#include <chrono>
#include <cstdint>

#include "http2/connection.hpp"
#include "konduit/deadline.hpp"

namespace konduit::transport_grpc {

/// Asks the peer of a connection from time to time whether it is there, by HTTP/2 PING, and closes the connection when
/// it does not answer. How often is the caller's to choose: stock servers police their clients' PINGs (agent port 30 s,
/// frontend port 5 min), clients do not.
///
/// Thread: the shard's. Lifetime: within the connection's.
class KeepAlive final : private Deadline::Owner {
 public:
  /// What its PINGs carry; other PINGs must not.
  static constexpr std::uint64_t kOpaque = std::uint64_t{1} << 63;
  static constexpr Duration kPatience = std::chrono::seconds(20);

  KeepAlive(http2::Connection& connection, Duration interval)
      : connection_(connection), interval_(interval), deadline_(connection.shard().deadlines(), *this) {
    if (interval_ > Duration::zero()) deadline_.arm(interval_);
  }

  /// An ack with kOpaque has come.
  void acknowledged() {
    asked_ = false;
    deadline_.arm(interval_);
  }

 private:
  void on_deadline(Deadline&) override {
    if (asked_) return connection_.close(http2::ErrorCode::no_error, "the peer does not answer PINGs");
    asked_ = true;
    deadline_.arm(kPatience);
    connection_.ping(kOpaque);
  }

  http2::Connection& connection_;
  const Duration interval_;
  Deadline deadline_;
  bool asked_ = false;
};

}  // namespace konduit::transport_grpc
