#include "transport-grpc/stream_bridge.hpp"

#include <utility>

namespace konduit::transport_grpc {
namespace {

class FarEnd final : public Stream {
 public:
  FarEnd(StreamPtr inner, bool half_close, std::string remote)
      : inner_(std::move(inner)), half_close_(half_close), remote_(std::move(remote)) {}

  void observe(Observer* observer) override { inner_->observe(observer); }
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override {
    return inner_->try_read(into, shape);
  }
  Result<std::size_t> try_write(BufferQueue& from) override { return inner_->try_write(from); }
  bool half_close() override { return half_close_ && inner_->half_close(); }
  void close() override { inner_->close(); }
  void reset(ResetReason reason) override { inner_->reset(reason); }
  ReadShape write_shape() const override { return inner_->write_shape(); }
  std::size_t queued() const override { return inner_->queued(); }
  std::size_t unread() const override { return inner_->unread(); }
  std::string_view remote() const override { return remote_; }

 private:
  const StreamPtr inner_;
  const bool half_close_;
  const std::string remote_;
};

}  // namespace

StreamPtr far_end(StreamPtr pair_end, bool half_close, std::string remote) {
  return std::make_unique<FarEnd>(std::move(pair_end), half_close, std::move(remote));
}

StreamBridge::StreamBridge(Shard& shard, StreamPtr tunnel, StreamPtr pair, Owner& owner)
    : owner_(owner),
      tunnel_(*this, std::move(tunnel)),
      pair_(*this, std::move(pair)),
      patience_(shard.deadlines(), *this) {}

void StreamBridge::start() {
  tunnel_.stream->observe(&tunnel_);
  pair_.stream->observe(&pair_);
  pump(tunnel_);
  pump(pair_);
}

void StreamBridge::pump(Side& from) {
  Side& to = other(from);
  while (!ended_ && !closing_ && !from.finished) {
    if (to.refuses) return finish(from);
    if (from.held.empty() && !read(from)) return;
    if (from.held.empty()) return pass_end(from);
    const auto taken = to.stream->try_write(from.held);
    if (!taken && !would_block(taken.error())) to.refuses = true;
    if (taken && !from.held.empty()) return;
    if (!taken && !to.refuses) return;
  }
}

bool StreamBridge::read(Side& from) {
  if (from.read_end.failed()) return true;
  const auto got = from.stream->try_read(from.held, other(from).stream->write_shape());
  if (got) return true;
  if (would_block(got.error())) return false;
  from.read_end = got.error();
  return true;
}

void StreamBridge::pass_end(Side& from) {
  if (!end_of_stream(from.read_end)) {
    other(from).stream->reset(reset_reason(from.read_end));
    return end();
  }
  // Where it cannot be said, the other direction's end will close both.
  other(from).stream->half_close();
  finish(from);
}

void StreamBridge::finish(Side& from) {
  from.finished = true;
  from.held.clear();
  if (other(from).finished) close_both();
}

void StreamBridge::close_both() {
  if (std::exchange(closing_, true)) return;
  for (Side* side : {&tunnel_, &pair_}) {
    // What has said that it takes no more says nothing again.
    side->closed = side->closed || side->refuses;
    side->stream->close();
  }
  wait(kPatience);
  if (tunnel_.closed && pair_.closed) end();
}

void StreamBridge::closed(Side& side, error_code reason) {
  if (closing_) {
    side.closed = true;
    if (tunnel_.closed && pair_.closed) end();
    return;
  }
  side.refuses = true;
  // What it has sent is still passed on, and its end with it.
  if (reason.failed()) pump(side);
  if (!ended_) pump(other(side));
  if (!ended_ && !closing_) wait(kGrace);
}

void StreamBridge::wait(Duration time) {
  left_then_ = left();
  patience_.arm(time);
}

/// One side has gone, or both are closed; the other may not read what is left for it.
void StreamBridge::on_deadline(Deadline&) {
  if (left() != left_then_) return wait(closing_ ? kPatience : kGrace);
  if (!closing_) {
    for (Side* side : {&tunnel_, &pair_}) side->stream->reset(ResetReason::timed_out);
  }
  end();
}

void StreamBridge::end() {
  if (std::exchange(ended_, true)) return;
  patience_.disarm();
  owner_.bridge_ended(*this);
}

}  // namespace konduit::transport_grpc
