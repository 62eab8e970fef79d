#pragma once

#include <memory>

#include "filters/pace_lane.hpp"
#include "konduit/stream.hpp"

namespace konduit::filters {

/// A target's stream whose bytes move no faster than two lanes allow. It holds no bytes: what may not be read yet stays
/// where it is, and what may not be written yet stays with the caller, so ends and resets pass as they are.
///
/// Thread: the shard's.
class PacedStream final : public Stream, private Stream::Observer {
 public:
  /// A null lane does not limit its direction.
  PacedStream(StreamPtr inner, std::shared_ptr<PaceLane> to_target, std::shared_ptr<PaceLane> to_client);
  ~PacedStream() override;

  void observe(Stream::Observer* observer) override;
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override;
  Result<std::size_t> try_write(BufferQueue& from) override;
  bool half_close() override;
  void close() override;
  void reset(ResetReason reason) override;
  ReadShape write_shape() const override { return inner_->write_shape(); }
  std::size_t queued() const override { return inner_->queued(); }
  std::optional<std::size_t> unread_by_peer() const override { return inner_->unread_by_peer(); }
  std::optional<Delivery> delivery() const override { return inner_->delivery(); }
  std::size_t unread() const override { return inner_->unread(); }
  std::string_view remote() const override { return inner_->remote(); }

 private:
  struct Turn final : PaceLane::Waiter {
    Turn(PacedStream& its_stream, void (PacedStream::*what)()) : stream(its_stream), told(what) {}
    void on_turn() override { (stream.*told)(); }

    PacedStream& stream;
    void (PacedStream::*told)();
  };

  void on_readable() override;
  void on_writable() override;
  void on_closed(error_code reason) override;
  void leave_lines();
  void tell_readable();
  void tell_writable();
  Result<std::size_t> write_in_turns(BufferQueue& from);
  Result<std::size_t> write_part(BufferQueue& from, std::size_t most);

  const StreamPtr inner_;
  const std::shared_ptr<PaceLane> to_target_;  // shared with the tunnels of the same account on this shard
  const std::shared_ptr<PaceLane> to_client_;  // as above
  Stream::Observer* observer_ = nullptr;
  Turn read_turn_;
  Turn write_turn_;
  bool write_waits_ = false;  // bytes were left that no on_writable() has followed yet
};

}  // namespace konduit::filters
