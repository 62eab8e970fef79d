#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http2/headers.hpp"
#include "http2/limits.hpp"
#include "konduit/buffer.hpp"
#include "konduit/result.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit::http2 {

class ConnectionCore;

using StreamId = std::int32_t;

/// RFC 9113 7.
enum class ErrorCode : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};

/// "ENHANCE_YOUR_CALM"; "UNKNOWN" for others.
std::string_view to_string(ErrorCode code) noexcept;

enum class Role : std::uint8_t { client, server };

/// What connections keep of their memory for each other; session_memory.hpp.
class SessionMemory;
std::shared_ptr<SessionMemory> make_session_memory();

struct Settings {
  std::uint32_t stream_window = 1024 * 1024;  ///< Bytes that a peer may send on a stream before they are consumed.
  std::uint32_t connection_window = 4 * 1024 * 1024;  ///< The same for all streams together.
  /// The connection's window is given back on receipt, so that a stream that is not consumed cannot stop the others.
  /// Off: consume() gives back both, and connection_window bounds what the connection holds in memory.
  bool free_connection_window = true;
  std::uint32_t max_streams = 0;          ///< SETTINGS_MAX_CONCURRENT_STREAMS; 0: not sent, no limit.
  std::uint32_t high_water = 256 * 1024;  ///< Bytes queued on a stream at which writable() becomes false ...
  std::uint32_t low_water = 64 * 1024;    ///< ... and at which on_writable() then says that it is true again.
  std::uint32_t output = 256 * 1024;  ///< Bytes in frames that wait for the inner stream, at the most (one frame over).
  /// How long the peer may take to say what it speaks: preface and first SETTINGS. Their ack is not waited for.
  Duration greeting_timeout = std::chrono::seconds(10);
  /// Server: how long the first stream may take after that; 0: for ever. Later pauses are the owner's affair.
  Duration first_stream_timeout = Duration::zero();
  /// How long nothing may leave while something waits: the inner stream takes nothing and delivers nothing, or the
  /// connection's window is shut with data queued. Ends the connection within twice that; 0: never. A stream whose own
  /// window is shut is its user's affair and holds high_water; without a handler it is reset after the same time.
  Duration stall_timeout = std::chrono::seconds(60);
  /// Bytes that streams without a handler may have queued together; whichever would bring more is reset.
  std::size_t abandoned = 32 * 1024 * 1024;
  Limits limits;
  std::shared_ptr<SessionMemory> memory;  ///< Of connections of one shard; null: the connection's own.
};

/// Who uses one HTTP/2 stream. Borrowed by the connection from on_stream() or request() until on_closed(), reset() or
/// set_handler().
///
/// All calls come from the loop on the shard's thread, never from inside a call into the connection. In any of them the
/// handler may call anything on the connection, reset any stream and destroy itself after reset() or set_handler(); it
/// may not destroy the connection.
class StreamHandler {
 public:
  /// Client: the response. `end`: nothing follows (gRPC: trailers-only; the status is in here). Informational ones
  /// (1xx) are skipped.
  virtual void on_headers(StreamId id, const Headers& headers, bool end) = 0;
  /// Received bytes, a slice of the block that they were read into. They hold the stream's window until consume().
  virtual void on_data(StreamId id, Buffer bytes) = 0;
  /// on_end() follows.
  virtual void on_trailers(StreamId id, const Headers& trailers) = 0;
  /// The peer sends nothing more on this stream. Also after on_headers() with `end` and a request with `end`.
  virtual void on_end(StreamId id) = 0;
  /// After writable() or push() said false: there is room again.
  virtual void on_writable(StreamId id) = 0;
  /// The stream is over and the handler forgotten: by no_error when both sides had ended it, by the code of the peer's
  /// RST_STREAM or of this library's where the peer broke a rule, or by cancel with the connection (then
  /// ConnectionHandler::on_closed() follows). Not called after reset().
  virtual void on_closed(StreamId id, ErrorCode code) = 0;

 protected:
  ~StreamHandler() = default;
};

/// Who owns a connection. Borrowed; outlives it. Calls as in StreamHandler.
class ConnectionHandler {
 public:
  /// Server: a request. Its handler, or null for none: the stream is then refused, unless the call has answered it.
  virtual StreamHandler* on_stream(StreamId id, const Headers& headers, bool end) = 0;
  /// The peer's SETTINGS have come; the first time in a connection's life it is ready to be used at the peer's limits.
  virtual void on_settings() {}
  /// The ack of ping().
  virtual void on_ping_ack(std::uint64_t /*opaque*/) {}
  /// The peer takes no stream above `last`; those end with refused_stream. Running ones may go on. Repeated in a
  /// graceful shutdown.
  virtual void on_goaway(StreamId /*last*/, ErrorCode /*code*/, std::string_view /*text*/) {}
  /// The last call: every stream has been told. `reason` is empty after drain() or close() was carried out, else
  /// hangup, reset, protocol, overloaded, ... `text` is a sentence for a log. The connection may be destroyed in here.
  virtual void on_closed(error_code reason, std::string_view text) = 0;

 protected:
  ~ConnectionHandler() = default;
};

/// An HTTP/2 connection (RFC 9113) over any stream, framed by nghttp2.
///
/// Everything that is submitted in a turn of the loop leaves at its end in one gathered write. Received DATA is handed
/// on as slices of the read blocks, sent DATA goes out as the slices that were pushed: headers of frames are written
/// into the headroom in front of them where there are 9 bytes. No allocation per DATA frame.
///
/// Messages are checked by this library and not by nghttp2, since stock clients send an :authority that is a file's
/// path: a malformed one is answered with RST_STREAM(PROTOCOL_ERROR) and shown to nobody.
///
/// **Thread**: the shard's. **Lifetime**: destroy it outside of all callbacks, or in ConnectionHandler::on_closed();
/// destruction resets the inner stream and tells no handler. Calls for a stream that is gone do nothing and answer as
/// for one that takes no bytes.
class Connection {
 public:
  /// Takes over an established stream (TLS done, "h2" agreed). The first SETTINGS leave with this turn.
  Connection(Shard& shard, StreamPtr inner, Role role, const Settings& settings, ConnectionHandler& handler);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Client: opens a stream that stays open for push(). `headers` begin with the pseudo-fields. 0 where no stream can
  /// be opened any more (GOAWAY, closed, ids used up). A stream over the peer's MAX_CONCURRENT_STREAMS waits for its
  /// turn.
  StreamId request(const Headers& headers, StreamHandler& handler);

  /// Server: answers. `end`: with nothing behind it (trailers-only); else push() and trailers() follow. Once per
  /// stream.
  void respond(StreamId id, const Headers& headers, bool end);

  /// Queues bytes behind those queued before. Never refuses for fullness: the answer is writable(). Server: after
  /// respond().
  bool push(StreamId id, Buffer bytes);
  bool push(StreamId id, BufferQueue& bytes);

  /// Server: ends the stream with trailers behind everything pushed; then RST_STREAM(NO_ERROR) if the peer has not
  /// ended its side.
  void trailers(StreamId id, const Headers& trailers);

  /// END_STREAM behind everything pushed.
  void finish(StreamId id);

  /// Ends the stream at once; what was queued is dropped. The handler is forgotten: no callback follows.
  void reset(StreamId id, ErrorCode code);

  /// Replaces the handler. Null: the stream goes on sending what is queued, takes no more, and what comes in is
  /// dropped; it is reset where nothing moves for Settings::stall_timeout, or beyond Settings::abandoned.
  void set_handler(StreamId id, StreamHandler* handler);

  /// Gives `count` received bytes of a stream back to the peer's window. WINDOW_UPDATE is sent for half a window at a
  /// time.
  void consume(StreamId id, std::size_t count);

  /// Bytes pushed that are not in frames yet.
  std::size_t queued(StreamId id) const noexcept;
  /// Something is queued that the peer's window of the stream does not let out.
  bool held_back(StreamId id) const noexcept;
  /// queued() is below the high water. False until on_writable(), which follows when it has fallen to the low water.
  bool writable(StreamId id) noexcept;

  /// Bytes that have come from the peer, frames and all.
  std::uint64_t received() const noexcept;

  /// Bytes in frames that the kernel does not have yet.
  std::size_t unsent() const noexcept;

  /// Stream::unread_by_peer() of the inner stream, with what waits here in front of it: 0 means that the peer's process
  /// has read all that was sent (see queued() for what was not). nullopt where nobody can tell. Costs a system call.
  std::optional<std::size_t> unread_by_peer() const;

  /// How far the frames have got: all of them are `taken`. Where the inner stream cannot tell, `delivered` is what has
  /// left this process. Costs a system call.
  Delivery delivery() const;

  /// Sends a PING behind all frames that this turn sends (as far as windows and the inner stream let them out: see
  /// queued()).
  void ping(std::uint64_t opaque);
  /// Sends a PING before everything that is not in a frame yet: it asks whether the peer is there, and says nothing of
  /// what it has taken.
  void ping_first(std::uint64_t opaque);

  /// Takes no new streams, lets the running ones end, then closes. Server: GOAWAY with the highest id first, with the
  /// real one after a round trip, so that no request is lost. Idempotent.
  void drain();

  /// GOAWAY with `code` and `text`, then closes at once; streams are told by on_closed().
  void close(ErrorCode code, std::string_view text);

  bool draining() const noexcept;
  /// True when on_closed() has been or is about to be called.
  bool closed() const noexcept;
  std::size_t streams() const noexcept;
  /// No stream can be opened: GOAWAY came, drain() or close().
  bool accepts_requests() const noexcept;
  /// How many streams of request() the peer takes at a time. Nothing until its first SETTINGS have come.
  std::optional<std::size_t> request_limit() const noexcept;

  Shard& shard() noexcept;

 private:
  std::unique_ptr<ConnectionCore> core_;
};

}  // namespace konduit::http2
