#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "konduit/buffer.hpp"

class Packet;  // generated: "proto/konnectivity.pb.h"

/// Packets of the tunnel protocol (proto/konnectivity.proto) as gRPC messages: a flag byte, a length of four bytes, the
/// protobuf. Control packets go through the generated classes; DATA is written and read by hand, so that the tunnel's
/// bytes are never copied, and so is WINDOW, which follows every few of them.
namespace konduit::proto {

/// The largest message that is accepted, and that a stock peer accepts.
inline constexpr std::size_t kMaxMessage = 4 * 1024 * 1024;

/// The same for all but DATA in the form that every known encoder writes. Such a message must be there as a whole
/// before it is read, within the stream's window.
inline constexpr std::size_t kMaxWhole = 64 * 1024;

/// Bytes of the prefix of every gRPC message, and of the header of an HTTP/2 frame in front of it.
inline constexpr std::size_t kMessagePrefix = 5;
inline constexpr std::size_t kFrameHeader = 9;

/// Room in front of a payload that is enough for the header of an HTTP/2 frame (9), the gRPC prefix (5), the packet's
/// type (2), the tag and length of its Data (4), any connectID (11) and the tag and length of the bytes (4).
inline constexpr std::size_t kDataHeadroom = 35;

/// The largest payload that makes one HTTP/2 frame, header included, of no more than 16384 bytes: one full TLS record.
inline constexpr std::size_t kDataPayload = 16 * 1024 - kDataHeadroom;

/// As kDataPayload, but for this very connectID: such a message fills so many frames of exactly 16384 bytes.
/// REQUIRES: 1 <= frames <= 128.
KONDUIT_PROTO_API std::size_t data_payload(std::int64_t connect_id, std::size_t frames = 1) noexcept;

/// How long slices are to be so that a message of one or two of them takes as many frames, each with a slice of its
/// own.
KONDUIT_PROTO_API std::size_t data_slice(std::int64_t connect_id) noexcept;

/// Bytes that come before `payload` bytes in a DATA message, the gRPC prefix included.
KONDUIT_PROTO_API std::size_t data_header_size(std::int64_t connect_id, std::size_t payload) noexcept;

/// Writes the header of a DATA message into the headroom of `payload`. False, and nothing is done, where that is short.
KONDUIT_PROTO_API bool prepend_data_header(Buffer& payload, std::int64_t connect_id) noexcept;

/// Appends a DATA message with `payload` to `out`: the header in front of it in place where there is headroom; else
/// tiny payloads move into a block that has some, and larger ones follow a small block with the header alone. REQUIRES:
/// payload.size() < kMaxMessage - kDataHeadroom.
KONDUIT_PROTO_API void encode_data(BlockPool& pool, BufferQueue& out, std::int64_t connect_id, Buffer payload);

/// The same for the first `count` bytes of `payload`, whatever slices they are in, as one message.
/// REQUIRES: count <= payload.size().
KONDUIT_PROTO_API void encode_data(BlockPool& pool, BufferQueue& out, std::int64_t connect_id, BufferQueue& payload,
                                   std::size_t count);

/// A WINDOW packet as a gRPC message with 9 bytes of headroom for a frame's header. REQUIRES: bytes > 0.
KONDUIT_PROTO_API Buffer encode_window(BlockPool& pool, std::int64_t connect_id, std::int64_t bytes);

/// A control packet as a gRPC message with 9 bytes of headroom for a frame's header. The payload that belongs to the
/// type is always there, even if empty (a type without it crashes stock peers), and strings are valid UTF-8: what is
/// not becomes U+FFFD (or else the peer's parser would end the stream of all tunnels).
KONDUIT_PROTO_API Buffer encode(BlockPool& pool, const ::Packet& packet);

/// True if `text` is well-formed UTF-8 as protobuf asks for in strings.
KONDUIT_PROTO_API bool valid_utf8(std::string_view text) noexcept;

/// Takes the received bytes of one gRPC stream apart.
///
/// The bytes of a DATA packet are handed out as they arrive, in slices of the blocks that they were received in; the
/// rest of the packet may not be there yet. Only tiny slices are copied, so that they do not pin a large block. All
/// other packets are complete when they are handed out; what has come of one is copied into a block of its own. Unknown
/// types and fields are not errors.
///
/// Thread: that of the pool. Does not allocate while DATA and WINDOW packets pass.
class KONDUIT_PROTO_API PacketReader {
 public:
  enum class Event : std::uint8_t {
    none,    ///< More bytes are needed.
    data,    ///< A piece of a DATA packet: connect_id(), payload(), starts(), charge().
    window,  ///< A WINDOW packet: connect_id(), credit().
    packet,  ///< Any other packet: packet().
    error,   ///< The peer broke the protocol, see error(); nothing more comes.
  };
  enum class Error : std::uint8_t {
    none,
    compressed,  ///< The message's flag says compressed: UNIMPLEMENTED.
    too_large,   ///< Longer than the limit: RESOURCE_EXHAUSTED.
    malformed,   ///< Not a Packet: INTERNAL.
  };

  explicit PacketReader(BlockPool& pool, std::size_t limit = kMaxMessage);
  ~PacketReader();
  PacketReader(const PacketReader&) = delete;
  PacketReader& operator=(const PacketReader&) = delete;

  /// The limit of what must be there as a whole, instead of kMaxWhole: for messages whose prefix comes later.
  void limit_whole(std::size_t limit) noexcept { whole_limit_ = limit; }

  /// Adds received bytes. Call next() until it says none.
  void push(Buffer bytes);

  Event next();

  /// After data: whose bytes; after window: whose credit.
  std::int64_t connect_id() const noexcept { return connect_id_; }
  /// After data: the bytes, to be moved out before the next call of next(). Empty only where the whole packet is.
  BufferQueue& payload() noexcept { return payload_; }
  /// After data: true for the first (usually only) piece of a packet.
  bool starts() const noexcept { return starts_; }
  /// After data: how many bytes of payload() still hold the HTTP/2 window and are for the caller to consume when they
  /// have moved on: all of them.
  std::size_t charge() const noexcept { return charge_; }

  /// After window: bytes that the peer takes more. Whatever the peer wrote: may be 0 or negative.
  std::int64_t credit() const noexcept { return credit_; }

  /// After packet: valid until the next call of next().
  const ::Packet& packet() const noexcept { return *packet_; }

  /// After error.
  Error error() const noexcept { return error_; }
  static std::string_view text(Error error) noexcept;

  /// Bytes that were pushed, are nobody's payload and were not told before: the caller consumes them in the HTTP/2
  /// window at once.
  std::size_t take_overhead() noexcept;

  /// True if the stream may end here: between two messages.
  bool at_boundary() const noexcept;

  /// Bytes held.
  std::size_t queued() const noexcept { return input_.size() + gathered_; }

 private:
  enum class State : std::uint8_t { prefix, head, streaming, whole, failed };

  Event fail(Error error) noexcept;
  Event read_head();
  void gather_head();
  Event stream_payload();
  Event read_whole();
  void gather_whole();
  Event read_message(Buffer message);
  void take_payload(std::size_t count);

  BlockPool& pool_;
  const std::size_t limit_;
  std::size_t whole_limit_ = kMaxWhole;
  BufferQueue input_;
  BufferQueue payload_;
  Buffer whole_;  // begins with what has come of a message that must be whole
  std::unique_ptr<::Packet> packet_;
  std::int64_t connect_id_ = 0;
  std::int64_t credit_ = 0;
  std::size_t remaining_ = 0;  // of the message (head, whole) or of the payload (streaming)
  std::size_t gathered_ = 0;   // bytes in whole_
  std::size_t overhead_ = 0;
  std::size_t charge_ = 0;
  State state_ = State::prefix;
  Error error_ = Error::none;
  bool fresh_ = false;  // nothing of the packet has been handed out
  bool starts_ = false;
};

}  // namespace konduit::proto
