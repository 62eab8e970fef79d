#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http2/connection.hpp"
#include "http2/headers.hpp"
#include "konduit/result.hpp"

/// gRPC over HTTP/2 as far as a proxy needs it: calls are streams, how they begin and how they end.
/// Source: "gRPC over HTTP2" (grpc/doc/PROTOCOL-HTTP2.md); what stock peers do is that of grpc-go.
namespace konduit::http2 {

enum class GrpcStatus : std::uint32_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// "RESOURCE_EXHAUSTED".
std::string_view to_string(GrpcStatus status) noexcept;

/// How a call ended.
struct GrpcEnd {
  GrpcStatus status = GrpcStatus::ok;
  std::string message;
};

/// What value() of a result with such an error throws: std::runtime_error with the message.
[[noreturn]] void throw_exception_from_error(const GrpcEnd& end, const boost::source_location& where);

/// The head of a call. Metadata is added behind it (binary keys are not needed here).
Headers grpc_request(std::string_view scheme, std::string_view authority, std::string_view path);

/// The answer that refuses what is no gRPC call (to be sent with `end`): 405 for a method other than POST, 415 for a
/// content-type that does not begin with application/grpc. Nothing where the request is one.
std::optional<Headers> refuse_grpc_request(const Headers& request);

/// The head of an answer; metadata is added behind it.
Headers grpc_response();

/// For Connection::trailers().
Headers grpc_trailers(const GrpcEnd& end);
/// Head and trailers in one, for Connection::respond() with `end`.
Headers grpc_trailers_only(const GrpcEnd& end);

/// Client: reads the status from trailers, or from the head of an answer that ended with it. Without grpc-status: from
/// the HTTP status where that is not 200, else unknown.
GrpcEnd grpc_end(const Headers& trailers);
/// Client: what a call that was reset ended with (PROTOCOL-HTTP2: "Errors").
GrpcEnd grpc_end(ErrorCode code);

/// Metadata values are printable ASCII with spaces inside; others must not be sent.
bool valid_metadata(std::string_view value) noexcept;

/// grpc-message: bytes outside 0x20-0x7E and '%' as %XX.
std::string percent_encode(std::string_view text);
/// Leaves what is no escape as it is.
std::string percent_decode(std::string_view text);

}  // namespace konduit::http2
