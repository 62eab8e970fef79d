#pragma once

#include <cstdint>
#include <string>

namespace konduit::bench {

/// What a connection asks the endpoint for.
enum class Mode : char {
  download = 'd',  ///< The endpoint sends Pattern.
  upload = 'u',    ///< It swallows everything.
  both = 'b',      ///< It sends Pattern and swallows everything.
  echo = 'r',      ///< It sends back what it gets.
};

/// The first bytes of a connection.
struct Order {
  static constexpr std::size_t kSize = 9;

  Mode mode = Mode::download;
  std::uint64_t length = 0;  ///< Bytes to download, and then end of stream; 0: until the connection ends.

  std::string encode() const;
  /// REQUIRES: kSize bytes.
  static Order decode(const std::string& bytes);
};

/// The addresses that it serves on: 127.0.0.1 and those behind it. To one address and port a host has 28,000 ports to
/// dial from, all of which wait out their time after two seconds of dials; then it measures how long the system looks
/// for one.
inline constexpr unsigned kEndpointAddresses = 16;
std::string endpoint_address(unsigned index);

/// Serves on one port of all its addresses until the process is ended; prints the port once it is bound. Throws if it
/// cannot begin.
[[noreturn]] void run_endpoint(std::uint16_t port);

}  // namespace konduit::bench
