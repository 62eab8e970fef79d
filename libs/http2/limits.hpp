#pragma once

#include <cstdint>

#include "konduit/asio.hpp"

namespace konduit::http2 {

/// What a peer may do to a connection before it is cut off with GOAWAY(ENHANCE_YOUR_CALM). Frames that come in honest
/// numbers are never counted; PINGs are not rate-limited either (gRPC peers measure bandwidth by them): what is bounded
/// is the acks that wait because the peer does not read.
struct Limits {
  std::uint32_t header_list = 64 * 1024;  ///< Bytes of one header block (RFC 9113 6.5.2); beyond: the stream is reset.
  std::uint32_t continuations = 8;        ///< CONTINUATION frames of one header block.
  std::uint32_t streams = 0;  ///< Streams of the peer open at once; beyond: REFUSED_STREAM. 0: no limit. Not announced.
  std::uint32_t unsent_acks = 1000;       ///< Acks of PING and SETTINGS that wait to be sent.
  std::uint32_t reset_burst = 1000;       ///< Streams that the peer resets or forces to be reset, at once ...
  std::uint32_t resets_per_second = 100;  ///< ... and in the long run. Raise both for trusted clients.
  std::uint32_t idle_burst = 1000;        ///< SETTINGS, PRIORITY, unknown frames and empty DATA, at once ...
  std::uint32_t idle_per_second = 100;    ///< ... and in the long run.

  /// For a frontend whose client is the API server alone: each of its dials may end in RST_STREAM.
  static Limits trusted() noexcept {
    Limits limits;
    limits.reset_burst = 100'000;
    limits.resets_per_second = 20'000;
    return limits;
  }
};

/// So many events at once, so many a second.
class TokenBucket {
 public:
  TokenBucket(std::uint32_t burst, std::uint32_t per_second) noexcept
      : burst_(burst), per_second_(per_second), tokens_(burst) {}

  /// False when the peer has gone too far.
  bool take(TimePoint now) noexcept;

 private:
  double burst_;
  double per_second_;
  double tokens_;
  TimePoint last_{};
};

}  // namespace konduit::http2
