#pragma once

#include <cstdint>

namespace konduit::http2 {

/// So many events at once, and so many a second in the long run.
struct Rate {
  std::uint32_t burst;
  std::uint32_t per_second;
};

/// What a peer may do to a connection before it is cut off. The numbers are far above what an honest peer does: they
/// bound memory and work, not traffic. AbusePolicy judges by them.
///
/// PINGs have no rate: gRPC peers measure bandwidth by them. What is bounded is the frames that wait for a peer that
/// does not read, acks among them.
///
/// The defaults are for strangers: whoever can reach an open port, and agents.
struct Limits {
  std::uint32_t header_list = 64 * 1024;    ///< Bytes of one header list (RFC 9113 6.5.2); announced. Beyond: a reset.
  std::uint32_t header_fields = 256;        ///< Fields of one header list. Beyond: the stream is reset.
  std::uint32_t header_block = 128 * 1024;  ///< Bytes of one header block as it comes, finished or not.
  std::uint32_t continuations = 16;         ///< CONTINUATION frames of one header block.
  std::uint32_t streams = 1000;  ///< Streams of the peer at once; beyond: REFUSED_STREAM. 0: no limit. Not announced.
  std::uint32_t waiting_frames = 2000;  ///< Frames (all but DATA) that wait because the peer does not read.
  Rate resets{1000, 100};               ///< Streams that the peer resets, or makes this end reset or refuse.
  Rate idle_frames{1000, 100};          ///< Frames that ask for work and bring nothing: see AbusePolicy.
  Rate window_updates{1000, 100};       ///< WINDOW_UPDATEs beyond those that DATA frames and streams explain.

  /// For a frontend whose clients are the control plane alone: each of its dials may end in RST_STREAM.
  static constexpr Limits trusted() noexcept {
    Limits limits;
    limits.streams = 100'000;
    limits.waiting_frames = 100'000;
    limits.resets = {100'000, 20'000};
    limits.idle_frames = {10'000, 1000};
    limits.window_updates = {10'000, 1000};
    return limits;
  }
};

}  // namespace konduit::http2
