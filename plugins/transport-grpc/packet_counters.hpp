#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http2/grpc.hpp"
#include "konduit/asio.hpp"
#include "konduit/metrics.hpp"

namespace konduit::transport_grpc {

/// What one part counts of its packet streams: konduit_grpc_packets_total{direction, packet_type},
/// konduit_grpc_stream_errors_total{direction, code, packet_type}, konduit_grpc_write_wait_seconds.
class PacketCounters {
 public:
  explicit PacketCounters(Metrics& metrics);

  /// `type` is the protocol's number; others count as "Unknown".
  void sent(int type) noexcept { sent_[slot(type)]->add(); }
  void received(int type) noexcept { received_[slot(type)]->add(); }
  /// A stream ended otherwise than in order.
  void stream_error(http2::GrpcStatus status);
  /// A tunnel's unread bytes begin (1) or cease (-1) to hold its stream back.
  void held(std::int64_t difference) noexcept { held_.add(difference); }
  /// Bytes of a tunnel were taken after they had waited so long for room.
  void wrote(Duration waited) noexcept;

 private:
  static constexpr std::size_t kTypes = 11;
  static constexpr std::size_t kStatuses = 17;
  static constexpr int kStock = 7;       // types from 0 on
  static constexpr int kFirstOwn = 100;  // and from here on
  static std::size_t slot(int type) noexcept {
    if (type >= 0 && type < kStock) return static_cast<std::size_t>(type);
    const int own = type - kFirstOwn + kStock;
    return type >= kFirstOwn && own < static_cast<int>(kTypes) - 1 ? static_cast<std::size_t>(own) : kTypes - 1;
  }

  std::array<Counter*, kTypes> sent_;
  std::array<Counter*, kTypes> received_;
  Metrics& metrics_;
  Histogram& write_wait_;
  Gauge& held_;
  std::array<Counter*, kStatuses> errors_{};  // made when they are needed
};

}  // namespace konduit::transport_grpc
