#pragma once

#include <string>

namespace konduit::transport_grpc {

/// A random UUID (RFC 9562, version 4), in lower case.
std::string make_uuid();

}  // namespace konduit::transport_grpc
