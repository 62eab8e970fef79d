#include "transport-grpc/stream_bridge.hpp"

#include <utility>

namespace konduit::transport_grpc {
namespace {

class FarEnd final : public Stream {
 public:
  FarEnd(StreamPtr inner, bool half_close) : inner_(std::move(inner)), half_close_(half_close) {}

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
  std::string_view remote() const override { return inner_->remote(); }

 private:
  const StreamPtr inner_;
  const bool half_close_;
};

}  // namespace

StreamPtr far_end(StreamPtr pair_end, bool half_close) {
  return std::make_unique<FarEnd>(std::move(pair_end), half_close);
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
  while (!ended_ && !from.closing) {
    if (from.held.empty() && !read(from)) return;
    if (from.held.empty()) return pass_end(from);
    const auto taken = to.stream->try_write(from.held);
    if (!taken && !would_block(taken.error())) from.held.clear();  // nobody takes them any more; its end is told apart
    if (!from.held.empty()) return;
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
  Side& to = other(from);
  if (to.closing) return;
  if (!end_of_stream(from.read_end)) {
    to.stream->reset(ResetReason::peer_gone);
    return end();
  }
  to.closing = true;
  // An agent may owe its CLOSE_RSP for ever; the dialling shard reads what it was sent, or goes.
  if (&to == &tunnel_) patience_.arm(kPatience);
  to.stream->close();
}

void StreamBridge::closed(Side& side, error_code reason) {
  if (side.closing) return end();
  // The side takes no more bytes; what it has sent is still passed on, and its end with it.
  Side& peer = other(side);
  peer.held.clear();
  if (reason.failed()) pump(side);
}

void StreamBridge::end() {
  if (std::exchange(ended_, true)) return;
  patience_.disarm();
  owner_.bridge_ended(*this);
}

}  // namespace konduit::transport_grpc
