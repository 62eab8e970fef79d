#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "konduit/metrics.hpp"

namespace konduit::transport_grpc {

/// How many packets of each type one part sends and receives: konduit_grpc_packets_total{direction, packet_type}.
class PacketCounters {
 public:
  explicit PacketCounters(Metrics& metrics);

  /// `type` is the protocol's number; others count as "Unknown".
  void sent(int type) noexcept { sent_[slot(type)]->add(); }
  void received(int type) noexcept { received_[slot(type)]->add(); }

 private:
  static constexpr std::size_t kTypes = 11;
  static constexpr int kStock = 7;       // types from 0 on
  static constexpr int kFirstOwn = 100;  // and from here on
  static std::size_t slot(int type) noexcept {
    if (type >= 0 && type < kStock) return static_cast<std::size_t>(type);
    const int own = type - kFirstOwn + kStock;
    return type >= kFirstOwn && own < static_cast<int>(kTypes) - 1 ? static_cast<std::size_t>(own) : kTypes - 1;
  }

  std::array<Counter*, kTypes> sent_;
  std::array<Counter*, kTypes> received_;
};

}  // namespace konduit::transport_grpc
