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

}  // namespace konduit
