#pragma once

#include <memory>
#include <optional>

#include "konduit/deadline.hpp"
#include "konduit/metrics.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit::http_connect {

/// The client's stream behind an answer that must be read alone: kube-apiserver gives up when a byte of the tunnel
/// comes in the same read as the 200. try_write() takes nothing until the client has taken all that was written before;
/// reading, and the end of the stream, are not held back. Bytes that came behind the request's head are read first.
///
/// Where the system tells what the peer has read (Unix sockets) the gate opens once that is all and the client has
/// spoken since, or a moment has passed; elsewhere `gap` after the answer has left this process. It is asked when
/// somebody wants to write, so most tunnels never wait. Open, it costs one virtual call.
class GatedStream final : public Stream, private Stream::Observer, private Deadline::Owner {
 public:
  /// `open_connections` (may be null) is counted down at the end, `write_waits` (may be null) gets the seconds that
  /// each write waited for the client.
  GatedStream(Shard& shard, StreamPtr inner, BufferQueue early, Duration gap, Gauge* open_connections,
              Histogram* write_waits = nullptr);
  ~GatedStream() override;

  void observe(Stream::Observer* observer) override;
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override;
  Result<std::size_t> try_write(BufferQueue& from) override;
  bool half_close() override { return inner_->half_close(); }
  void close() override;
  void reset(ResetReason reason) override;
  ReadShape write_shape() const override { return inner_->write_shape(); }
  std::size_t queued() const override { return inner_->queued(); }
  std::size_t unread() const override { return early_.size() + inner_->unread(); }
  std::string_view remote() const override { return inner_->remote(); }
  std::optional<std::size_t> unread_by_peer() const override { return inner_->unread_by_peer(); }
  std::optional<Delivery> delivery() const override { return inner_->delivery(); }

 private:
  void on_readable() override;
  void on_writable() override;
  void on_closed(error_code reason) override;
  void on_deadline(Deadline& which) override;

  Result<std::size_t> write_through(BufferQueue& from);
  bool answer_taken();
  void open();
  void wait();

  Shard& shard_;
  StreamPtr inner_;
  BufferQueue early_;
  const Duration gap_;
  Gauge* const open_connections_;
  Histogram* const write_waits_;
  Stream::Observer* observer_ = nullptr;
  Deadline deadline_;
  TimePoint last_queued_;                // when the answer was last known to be still in this process
  std::optional<TimePoint> seen_taken_;  // when the client was first seen to have read all
  Duration pause_;
  TimePoint waits_since_{};  // for the client to take more; the epoch: it does not wait
  bool open_ = false;
  bool spoke_ = false;  // the client has sent something, not right behind its request
  bool wants_write_ = false;
};

}  // namespace konduit::http_connect
