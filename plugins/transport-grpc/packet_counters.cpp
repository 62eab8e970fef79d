#include "transport-grpc/packet_counters.hpp"

#include <chrono>

namespace konduit::transport_grpc {
namespace {

constexpr std::string_view kNames[] = {"DIAL_REQ", "DIAL_RSP", "CLOSE_REQ",  "CLOSE_RSP", "DATA",   "DIAL_CLS",
                                       "DRAIN",    "WINDOW",   "HALF_CLOSE", "RESET",     "Unknown"};
/// As grpc-go writes them, since they become a label that dashboards know.
constexpr std::string_view kCodes[] = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};
constexpr std::string_view kFamily = "konduit_grpc_packets_total";
constexpr std::string_view kHelp = "Packets of the tunnel protocol that were sent and received.";

}  // namespace

PacketCounters::PacketCounters(Metrics& metrics)
    : metrics_(metrics),
      write_wait_(metrics.histogram("konduit_grpc_write_wait_seconds",
                                    "How long bytes of tunnels waited until their stream took them.",
                                    {0.000001, 0.00001, 0.0001, 0.005, 0.025, 0.1, 0.5, 2.5, 12.5})),
      held_(metrics.gauge("konduit_grpc_tunnels_held", "Tunnels whose unread bytes hold their stream back.")) {
  for (std::size_t type = 0; type < kTypes; ++type) {
    sent_[type] = &metrics.counter(kFamily, kHelp, {{"direction", "sent"}, {"packet_type", kNames[type]}});
    received_[type] = &metrics.counter(kFamily, kHelp, {{"direction", "received"}, {"packet_type", kNames[type]}});
  }
}

void PacketCounters::stream_error(http2::GrpcStatus status) {
  const auto code = static_cast<std::size_t>(status);
  const std::size_t slot = code < kStatuses ? code : static_cast<std::size_t>(http2::GrpcStatus::unknown);
  if (errors_[slot] == nullptr) {
    errors_[slot] = &metrics_.counter("konduit_grpc_stream_errors_total", "Streams of packets that ended in an error.",
                                      {{"direction", "received"}, {"code", kCodes[slot]}, {"packet_type", "Unknown"}});
  }
  errors_[slot]->add();
}

void PacketCounters::wrote(Duration waited) noexcept {
  write_wait_.observe(std::chrono::duration<double>(waited).count());
}

}  // namespace konduit::transport_grpc
