#pragma once

#include <cstdint>

namespace konduit::bench {

/// What a connection asks the endpoint for by its first byte.
enum class Mode : char {
  download = 'd',  ///< The endpoint sends until the connection ends.
  upload = 'u',    ///< It swallows everything.
  echo = 'r',      ///< It sends back what it gets.
};

/// Serves on 127.0.0.1 until the process is ended; prints the port once it is bound. Throws if it cannot begin.
[[noreturn]] void run_endpoint(std::uint16_t port);

}  // namespace konduit::bench
