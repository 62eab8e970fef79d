#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "proto/konnectivity.pb.h"

namespace konduit::grpc_peers {

Packet dial_request(const std::string& address, std::int64_t random);
Packet dial_response(std::int64_t random, std::int64_t connect_id, const std::string& error = {});
Packet data(std::int64_t connect_id, std::string_view bytes);
Packet close_request(std::int64_t connect_id);
Packet close_response(std::int64_t connect_id, const std::string& error = {});

/// Bytes without a pattern, the same for a seed.
std::string noise(std::size_t size, unsigned seed);

using SendPacket = std::function<bool(const Packet&)>;
using NextPacket = std::function<Packet()>;

/// Sends all as DATA, in messages of a few sizes up to more than a HTTP/2 window. False when the stream is over.
bool send_all(const SendPacket& send, std::int64_t connect_id, std::string_view bytes);
/// Takes so many bytes out of DATA. Throws std::runtime_error where something else comes, or DATA that is empty.
std::string receive(const NextPacket& next, std::int64_t connect_id, std::size_t size);

}  // namespace konduit::grpc_peers
