#include "transport-grpc/packets.hpp"

#include <string>

#include "transport-grpc/dial_words.hpp"

namespace konduit::transport_grpc {
namespace {

/// Of a stock peer that gets more than its message limit (4 MiB), all tunnels die.
constexpr std::size_t kLongestReason = 4096;

ResetCode code_of(ResetReason reason) noexcept {
  switch (reason) {
    case ResetReason::cancelled: return RESET_CANCELLED;
    case ResetReason::protocol_error: return RESET_PROTOCOL_ERROR;
    case ResetReason::timed_out: return RESET_TIMED_OUT;
    case ResetReason::overloaded: return RESET_OVERLOADED;
    case ResetReason::peer_gone: return RESET_PEER_GONE;
    case ResetReason::internal: return RESET_INTERNAL;
  }
  return RESET_UNKNOWN;
}

}  // namespace

::Packet dial_request(std::int64_t random, std::string_view address, std::int64_t window) {
  ::Packet packet;
  packet.set_type(DIAL_REQ);
  auto& request = *packet.mutable_dialrequest();
  request.set_protocol("tcp");
  request.set_address(std::string(address));
  request.set_random(random);
  request.set_window(window);
  return packet;
}

::Packet dial_success(std::int64_t random, std::int64_t connect_id, std::int64_t window) {
  ::Packet packet;
  packet.set_type(DIAL_RSP);
  auto& response = *packet.mutable_dialresponse();
  response.set_connectid(connect_id);
  response.set_random(random);
  response.set_window(window);
  return packet;
}

::Packet dial_failure(std::int64_t random, std::string_view words) {
  ::Packet packet;
  packet.set_type(DIAL_RSP);
  auto& response = *packet.mutable_dialresponse();
  response.set_error(std::string(shortened(words, kLongestReason)));
  response.set_random(random);
  return packet;
}

::Packet dial_close(std::int64_t random) {
  ::Packet packet;
  packet.set_type(DIAL_CLS);
  packet.mutable_closedial()->set_random(random);
  return packet;
}

::Packet close_request(std::int64_t connect_id) {
  ::Packet packet;
  packet.set_type(CLOSE_REQ);
  packet.mutable_closerequest()->set_connectid(connect_id);
  return packet;
}

::Packet close_response(std::int64_t connect_id, std::string_view error) {
  ::Packet packet;
  packet.set_type(CLOSE_RSP);
  auto& response = *packet.mutable_closeresponse();
  response.set_connectid(connect_id);
  if (!error.empty()) response.set_error(std::string(shortened(error, kLongestReason)));
  return packet;
}

::Packet drain() {
  ::Packet packet;
  packet.set_type(DRAIN);
  packet.mutable_drain();
  return packet;
}

::Packet half_close(std::int64_t connect_id) {
  ::Packet packet;
  packet.set_type(HALF_CLOSE);
  packet.mutable_halfclose()->set_connectid(connect_id);
  return packet;
}

::Packet reset(std::int64_t connect_id, ResetReason reason) {
  ::Packet packet;
  packet.set_type(RESET);
  packet.mutable_reset()->set_connectid(connect_id);
  packet.mutable_reset()->set_code(code_of(reason));
  return packet;
}

error_code error_of(const ::Reset& reset) noexcept {
  switch (reset.code()) {
    case RESET_CANCELLED: return StreamErrc::cancelled;
    case RESET_PROTOCOL_ERROR: return StreamErrc::protocol;
    case RESET_TIMED_OUT: return StreamErrc::timed_out;
    case RESET_OVERLOADED: return StreamErrc::overloaded;
    default: return StreamErrc::reset;
  }
}

}  // namespace konduit::transport_grpc
