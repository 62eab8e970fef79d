#pragma once

#include <memory>

#include "konduit/transport.hpp"

namespace konduit::transport_uds {

/// Binds and listens on the path of the endpoint's url, with its options `mode` and `unlink_existing`. The file goes
/// with the binding. Throws StartError.
std::unique_ptr<Binding> bind_uds(const config::Node& endpoint);

}  // namespace konduit::transport_uds
