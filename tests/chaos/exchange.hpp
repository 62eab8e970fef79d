#pragma once

#include <cstdint>

/// What a client and the endpoint say to each other through a tunnel. Both are one program on one machine: the structs
/// travel as they are.
namespace konduit::chaos {

/// The endpoint speaks first. `port` is the one that the tunnel came from, as the endpoint sees it.
struct Hello {
  static constexpr std::uint64_t kMagic = 0x6b6f6e6475697431;
  std::uint64_t magic = kMagic;
  std::uint64_t port = 0;
};

/// Opens an exchange: `up` bytes of pattern(seed) follow. The endpoint sends `down` bytes of pattern(~seed) meanwhile,
/// and a Receipt when both are through. Any number of exchanges make a tunnel.
struct Request {
  static constexpr std::uint64_t kMagic = 0x6b6f6e6475697432;
  std::uint64_t magic = kMagic;
  std::uint64_t seed = 0;
  std::uint64_t up = 0;
  std::uint64_t down = 0;
  std::uint64_t endpoint_reads = 0;   ///< Bytes a second; 0: as fast as it can.
  std::uint64_t endpoint_writes = 0;  ///< Likewise.
  std::uint64_t reset_after = 0;      ///< The endpoint resets the connection when it has sent so much; 0: it does not.
};

struct Receipt {
  static constexpr std::uint64_t kMagic = 0x6b6f6e6475697433;
  std::uint64_t magic = kMagic;
  std::uint64_t received = 0;
  std::uint64_t checksum = 0;  ///< Of what the endpoint received.
};

}  // namespace konduit::chaos
