#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http2/connection.hpp"
#include "http2/frame_walk.hpp"
#include "http2/limits.hpp"
#include "http2/token_bucket.hpp"

namespace konduit::http2 {

/// Judges what a peer does, by Limits. It is told of events and knows no bytes; what it decides is carried out by the
/// connection: GOAWAY(ENHANCE_YOUR_CALM) with the rule as its text.
///
/// Functions that answer a text answer the rule that was broken (constant), or an empty one where all is well. A rule
/// that is broken stays so: the connection ends.
class AbusePolicy {
 public:
  AbusePolicy(Role role, const Limits& limits) noexcept;

  /// The header of each frame that the peer sends, as it comes. Idle frames are SETTINGS, PRIORITY, GOAWAY,
  /// PUSH_PROMISE, unknown types, DATA without a byte or END_STREAM, and acks that nobody waits for.
  std::string_view frame(const FrameHeader& frame, TimePoint now) noexcept;

  /// A frame that proved to be idle only when it was read: nothing but padding, an interim response, HEADERS for a
  /// stream that is gone.
  std::string_view idle_frame(TimePoint now) noexcept;

  /// The peer has sent RST_STREAM. Client: as many are explained as streams were opened; others are idle frames.
  std::string_view reset_received(TimePoint now) noexcept;
  /// Server: the peer has made this end reset or refuse a stream, which is the same attack the other way round.
  std::string_view reset_provoked(TimePoint now) noexcept;

  /// So many frames wait to be written while the output is full.
  std::string_view frames_wait(std::size_t count) const noexcept;

  /// Whether the peer may open a stream beside `open` others.
  bool allows_stream(std::size_t open) const noexcept;

  /// A header list begins; a field of it has come. False: the list is beyond its limits, and so it stays.
  void header_list_begins() noexcept;
  bool allows_field(std::size_t name, std::size_t value) noexcept;

  /// What explains frames that come back.
  void stream_opened() noexcept;
  void data_sent() noexcept { window_updates_.give(kUpdatesEach); }
  void ping_sent() noexcept { ++pings_; }

 private:
  // For the stream and for the connection, and twice as often as anybody needs.
  static constexpr double kUpdatesEach = 4;

  std::string_view block_begins(const FrameHeader& frame) noexcept;
  std::string_view block_goes_on(const FrameHeader& frame) noexcept;
  std::string_view ack(TimePoint now) noexcept;

  const Role role_;
  const Limits limits_;
  TokenBucket resets_;
  TokenBucket idle_frames_;
  TokenBucket window_updates_;
  std::uint64_t own_streams_ = 0;  // that may still be reset
  std::uint64_t pings_ = 0;        // whose acks are due
  std::uint32_t continuations_ = 0;
  std::size_t block_bytes_ = 0;
  std::size_t list_bytes_ = 0;
  std::uint32_t list_fields_ = 0;
};

}  // namespace konduit::http2
