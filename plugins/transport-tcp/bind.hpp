#pragma once

#include <memory>

#include "konduit/transport.hpp"

namespace konduit::transport_tcp {

/// Binds and listens where the endpoint's url says: an address, nothing or [::] for all addresses of both families,
/// "localhost" for 127.0.0.1. Names are refused: what they mean may change under a running listener. Throws StartError.
std::unique_ptr<Binding> bind_tcp(const config::Node& endpoint);

}  // namespace konduit::transport_tcp
