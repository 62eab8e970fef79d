#pragma once

#include <cstdint>

namespace konduit::chaos {

/// A target on 127.0.0.1 that answers exchanges (exchange.hpp) until the process is ended. Prints its port once it is
/// bound. Throws if it cannot begin.
int run_endpoint(std::uint16_t port);

}  // namespace konduit::chaos
