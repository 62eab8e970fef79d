#pragma once

#include <cstddef>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"
#include "konduit/deadline.hpp"
#include "konduit/stream.hpp"

namespace konduit {

class Shard;

/// Awaitable reads and writes over a Stream, for handshakes and request heads. Not for the data path. It observes the
/// stream while it exists and must be gone before another observer is set.
///
/// Cancellation and deadlines leave the stream usable: bytes already taken stay taken.
class KONDUIT_API StreamIo final : private Stream::Observer {
 public:
  StreamIo(Shard& shard, Stream& stream);
  ~StreamIo();
  StreamIo(const StreamIo&) = delete;
  StreamIo& operator=(const StreamIo&) = delete;

  /// Appends at least one byte to `into`. Errors: those of the stream; timed_out; operation_aborted.
  awaitable<Result<std::size_t>> read_some(BufferQueue& into, TimePoint deadline, ReadShape shape = {});
  /// Takes all of `from`.
  awaitable<Result<void>> write_all(BufferQueue& from, TimePoint deadline);
  /// Reads and drops what the peer still sends behind this end's half_close(): a close over unread bytes would make the
  /// system throw away what was written last. {} once at least `most` bytes have gone; else why read_some() failed.
  awaitable<error_code> drop_rest(std::size_t most, TimePoint deadline);
  /// Completes when the stream has said on_closed, with its reason.
  awaitable<error_code> closed(TimePoint deadline);

 private:
  void on_readable() override;
  void on_writable() override;
  void on_closed(error_code reason) override;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace konduit
