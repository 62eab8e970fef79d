#pragma once

#include <cstdint>
#include <string_view>

#include "konduit/stream.hpp"
#include "proto/konnectivity.pb.h"

/// The control packets, each with its payload: a type without one crashes stock peers.
namespace konduit::transport_grpc {

/// `window`: what the sender of this takes on the tunnel at once, where credit was agreed; 0 otherwise.
::Packet dial_request(std::int64_t random, std::string_view address, std::int64_t window = 0);
::Packet dial_success(std::int64_t random, std::int64_t connect_id, std::int64_t window = 0);
::Packet dial_failure(std::int64_t random, std::string_view words);
::Packet dial_close(std::int64_t random);
::Packet close_request(std::int64_t connect_id);
::Packet close_response(std::int64_t connect_id, std::string_view error);
::Packet drain();

// What only a peer understands that has announced it.

::Packet half_close(std::int64_t connect_id);
::Packet reset(std::int64_t connect_id, ResetReason reason);

/// The end of reading that a RESET brings: its code as an error of streams.
error_code error_of(const ::Reset& reset) noexcept;

}  // namespace konduit::transport_grpc
