#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "konduit/api.hpp"
#include "konduit/buffer.hpp"
#include "konduit/result.hpp"

namespace konduit {

/// How a reader should lay out what it reads. The writer that will get the bytes announces it, so that it can write its
/// headers in front of each payload in place.
struct ReadShape {
  std::uint32_t headroom = 0;                  ///< Bytes to leave free in front of every slice.
  std::uint32_t payload = BlockPool::kRecord;  ///< Bytes of a slice at the most.
  std::uint32_t limit = 256 * 1024;            ///< Bytes in all for this call.
};

/// How far bytes have come on their way to the peer's host, since the stream began, in the bytes of the transport: more
/// than was written where there is TLS.
struct Delivery {
  std::uint64_t taken = 0;      ///< By try_write().
  std::uint64_t delivered = 0;  ///< Those of them that the peer's host has.
};

/// Why a stream is aborted; told to the peer where the protocol can say it.
enum class ResetReason : std::uint8_t { cancelled, protocol_error, timed_out, overloaded, peer_gone, internal };

KONDUIT_API std::string_view to_string(ResetReason reason) noexcept;

/// Why the next stream must be reset when `broken` ended the one before it.
KONDUIT_API ResetReason reset_reason(const error_code& broken) noexcept;

/// A byte stream in both directions: a socket, a TLS session, a tunnel, a pipe in memory.
///
/// **Readiness.** Calls never block. A try_read() that says would_block, or a try_write() that leaves bytes in the
/// caller's queue, arms the matching callback, which then comes exactly once, from the loop and never from inside a
/// call into this stream. Not calling try_read() is how a reader exerts backpressure.
///
/// **Ends.** A direction ends by end_of_stream (in order) or by another error. on_closed() comes at most once: when the
/// peer will take no more bytes (received bytes can still be read), or when this end's close() has been carried out.
///
/// **Thread**: all calls and callbacks on the owning shard's thread. **Lifetime**: the observer is borrowed;
/// observe(nullptr) or destruction detaches it. An on_closed() that nobody could hear comes to the next observer. A
/// callback may destroy the stream: it is the last thing that the stream does on that stack. Destruction without a
/// completed close() is reset(ResetReason::cancelled).
class KONDUIT_API Stream {
 public:
  class Observer {
   public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
    /// `reason` is empty after a close() of this end that delivered everything, else why nothing more can be written
    /// (hangup where the peer closed in an orderly way, reset, timed_out, ...).
    virtual void on_closed(error_code reason) = 0;

   protected:
    ~Observer() = default;
  };

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  virtual void observe(Observer* observer) = 0;

  /// Appends up to `shape.limit` received bytes to `into` and returns how many (> 0). Streams that already hold the
  /// bytes in blocks of their own hand those over whatever the shape says. Errors: would_block, end_of_stream, reset,
  /// ...
  virtual Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) = 0;

  /// Takes a prefix of `from` and returns its length (> 0, or 0 for an empty queue). What was taken will be sent, at
  /// the latest when the loop's turn ends; what was not stays in `from`. Errors: would_block (nothing taken), hangup,
  /// reset, closed (also after half_close()).
  virtual Result<std::size_t> try_write(BufferQueue& from) = 0;

  /// Says end of stream to the peer behind everything taken so far; reading goes on. False where this stream's
  /// protocol cannot say it: nothing was done, and the caller must decide how long the answer may still take.
  virtual bool half_close() = 0;

  /// Ends both directions in order: everything taken is delivered first. Reading is over. on_closed({}) follows when it
  /// is done; until then the caller keeps the stream, for as long as it has patience.
  virtual void close() = 0;

  /// Ends both directions at once; what was queued is dropped and the peer learns of it. No callback follows. Linux has
  /// no reset for a Unix socket: unless bytes are left unread here, its peer sees an end of stream.
  virtual void reset(ResetReason reason) = 0;

  /// The layout that this stream's try_write() likes best.
  virtual ReadShape write_shape() const { return {}; }

  /// Bytes taken by try_write() that are still queued in this process. For accounting.
  virtual std::size_t queued() const { return 0; }

  /// What the peer's process has not read yet of all that try_write() took: 0 means that it has taken every byte. Any
  /// other value is the system's own measure of what waits, overhead included. nullopt where nobody can tell (other
  /// hosts); a Unix socket answers what is queued here plus SIOCOUTQ. Costs a system call: for rare questions, not for
  /// accounting.
  virtual std::optional<std::size_t> unread_by_peer() const { return std::nullopt; }

  /// How far what try_write() took has come; nullopt where nobody can tell. Costs a system call: for rare questions,
  /// not for accounting. A stream that wraps another passes this, queued(), unread_by_peer() and unread() on: where it
  /// does not, a slow peer looks like one that stands still.
  virtual std::optional<Delivery> delivery() const { return std::nullopt; }

  /// Bytes that blocks pin for what was received and not yet taken by try_read(). For budgets.
  virtual std::size_t unread() const { return 0; }

  /// Who is at the other end, for logs and accounts: "tcp://10.0.0.7:443", "agent node-1"; empty if that says nothing.
  /// Valid as long as the stream. A stream that wraps another passes its answer on.
  virtual std::string_view remote() const { return {}; }
};

using StreamPtr = std::unique_ptr<Stream>;

}  // namespace konduit
