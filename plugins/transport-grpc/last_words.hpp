#pragma once

#include <chrono>

#include "konduit/asio.hpp"

namespace konduit::transport_grpc {

/// How long the last frames may take to leave when everything ends.
inline constexpr Duration kLastWords = std::chrono::seconds(1);

}  // namespace konduit::transport_grpc
