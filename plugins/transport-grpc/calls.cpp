#include "transport-grpc/calls.hpp"

#include <string>

namespace konduit::transport_grpc {

std::optional<http2::Headers> Method::refuse(const http2::Headers& request) const {
  if (auto refusal = http2::refuse_grpc_request(request)) return refusal;
  const std::string_view path = request.get(":path");
  const std::size_t slash = path.rfind('/');
  http2::GrpcEnd unimplemented{http2::GrpcStatus::unimplemented, {}};
  if (!path.starts_with('/') || slash == 0) {
    unimplemented.message = "malformed method name: \"" + std::string(path) + "\"";
    return http2::grpc_trailers_only(unimplemented);
  }
  const std::string_view asked_service = path.substr(1, slash - 1);
  const std::string_view asked_name = path.substr(slash + 1);
  if (asked_service == service && asked_name == name) return std::nullopt;
  // The words of grpc-go, which operators search for.
  if (asked_service != service) {
    unimplemented.message = "unknown service " + std::string(asked_service);
  } else {
    unimplemented.message = "unknown method " + std::string(asked_name) + " for service " + std::string(service);
  }
  return http2::grpc_trailers_only(unimplemented);
}

}  // namespace konduit::transport_grpc
