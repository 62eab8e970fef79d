#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "telemetry/router.hpp"

namespace konduit::telemetry {

/// A request without a body, as far as a server of documents needs to know it.
struct RequestHead {
  std::string method;
  std::string target;
  unsigned version = 11;  ///< 10 or 11.
  bool keep_alive = false;
  std::string host;
};

enum class HeadState : std::uint8_t {
  incomplete,
  complete,
  too_large,  ///< More than kMostHeadBytes without an end.
  malformed,
  has_body,  ///< And the head is complete. Few paths take one.
};

struct ParsedHead {
  HeadState state = HeadState::incomplete;
  RequestHead head;
  std::size_t size = 0;       ///< Bytes of the head.
  std::size_t body_size = 0;  ///< Of a body that has a Content-Length.
};

inline constexpr std::size_t kMostHeadBytes = 8 * 1024;

/// Reads the head (RFC 9112) at the beginning of `bytes`. Pure.
ParsedHead parse_head(std::string_view bytes);

/// What goes on the wire in answer to `head`: for HEAD without the body, whose length is told all the same.
std::string response_bytes(const RequestHead& head, HttpResponse response, bool keep_alive);

/// The answer to a head that is not complete.
HttpResponse refusal(HeadState state);

}  // namespace konduit::telemetry
