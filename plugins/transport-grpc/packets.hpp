#pragma once

#include <cstdint>
#include <string_view>

#include "proto/konnectivity.pb.h"

/// The control packets, each with its payload: a type without one crashes stock peers.
namespace konduit::transport_grpc {

::Packet dial_request(std::int64_t random, std::string_view address);
::Packet dial_success(std::int64_t random, std::int64_t connect_id);
::Packet dial_failure(std::int64_t random, std::string_view words);
::Packet dial_close(std::int64_t random);
::Packet close_request(std::int64_t connect_id);
::Packet close_response(std::int64_t connect_id, std::string_view error);
::Packet drain();

}  // namespace konduit::transport_grpc
