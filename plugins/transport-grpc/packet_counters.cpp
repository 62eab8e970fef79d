#include "transport-grpc/packet_counters.hpp"

namespace konduit::transport_grpc {
namespace {

constexpr std::string_view kNames[] = {"DIAL_REQ", "DIAL_RSP", "CLOSE_REQ",  "CLOSE_RSP", "DATA",   "DIAL_CLS",
                                       "DRAIN",    "WINDOW",   "HALF_CLOSE", "RESET",     "Unknown"};
constexpr std::string_view kFamily = "konduit_grpc_packets_total";
constexpr std::string_view kHelp = "Packets of the tunnel protocol that were sent and received.";

}  // namespace

PacketCounters::PacketCounters(Metrics& metrics) {
  for (std::size_t type = 0; type < kTypes; ++type) {
    sent_[type] = &metrics.counter(kFamily, kHelp, {{"direction", "sent"}, {"packet_type", kNames[type]}});
    received_[type] = &metrics.counter(kFamily, kHelp, {{"direction", "received"}, {"packet_type", kNames[type]}});
  }
}

}  // namespace konduit::transport_grpc
