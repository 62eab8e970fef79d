#include "konduit/stream.hpp"

namespace konduit {

std::string_view to_string(ResetReason reason) noexcept {
  switch (reason) {
    case ResetReason::cancelled: return "cancelled";
    case ResetReason::protocol_error: return "protocol_error";
    case ResetReason::timed_out: return "timed_out";
    case ResetReason::overloaded: return "overloaded";
    case ResetReason::peer_gone: return "peer_gone";
    case ResetReason::internal: return "internal";
  }
  return "unknown";
}

ResetReason reset_reason(const error_code& broken) noexcept {
  if (broken == make_error_code(StreamErrc::cancelled)) return ResetReason::cancelled;
  if (broken == make_error_code(StreamErrc::protocol)) return ResetReason::protocol_error;
  if (broken == make_error_code(StreamErrc::timed_out)) return ResetReason::timed_out;
  if (broken == make_error_code(StreamErrc::overloaded)) return ResetReason::overloaded;
  return ResetReason::peer_gone;
}

}  // namespace konduit
