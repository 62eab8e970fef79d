#include "transport-grpc/tunnel_stream.hpp"

#include <algorithm>
#include <utility>

#include "proto/packet.hpp"

namespace konduit::transport_grpc {
namespace {

/// Slices from which on a queue's ring is worth giving back when the tunnel has become quiet.
constexpr std::size_t kWideRing = 32;
constexpr std::size_t kQuiet = 2;

}  // namespace

TunnelStream::TunnelStream(PacketStream& packets, TunnelOwner& owner, std::int64_t id, std::size_t bound,
                           PeerFeatures features, std::shared_ptr<const std::string> remote)
    : packets_(&packets),
      owner_(&owner),
      shard_(packets.shard()),
      id_(id),
      bound_(bound),
      features_(features),
      remote_(std::move(remote)) {}

TunnelStream::~TunnelStream() { reset(ResetReason::cancelled); }

void TunnelStream::observe(Observer* observer) {
  observer_ = observer;
  if (observer_ != nullptr && closed_due_) shard_.mark_dirty(*this);
}

Result<std::size_t> TunnelStream::try_read(BufferQueue& into, const ReadShape& shape) {
  if (received_.empty()) {
    if (read_end_.failed()) return read_end_;
    want_read_ = true;
    return make_error_code(StreamErrc::would_block);
  }
  const std::size_t count = std::min<std::size_t>(received_.size(), std::max<std::size_t>(shape.limit, 1));
  const std::size_t slices = received_.count();
  received_.move_to(into, count);
  if (slices > kWideRing) {
    wide_ring_ = true;
  } else if (wide_ring_ && slices <= kQuiet && received_.empty()) {
    received_.shrink();
    wide_ring_ = false;
  }
  give_back();
  return count;
}

Result<std::size_t> TunnelStream::try_write(BufferQueue& from) {
  if (write_end_.failed()) return write_end_;
  if (from.empty()) return std::size_t{0};
  const std::size_t room = held_ ? 0 : packets_->ask_room(*this);
  if (room == 0) {
    want_write_ = true;
    return make_error_code(StreamErrc::would_block);
  }
  const std::size_t taken = packets_->send_data(*this, id_, from, room);
  if (!from.empty()) want_write_ = true;
  return taken;
}

bool TunnelStream::half_close() {
  // Nobody announces the extension that could say it yet.
  return features_.half_close;
}

void TunnelStream::close() {
  if (closing_) return;
  closing_ = true;
  want_read_ = false;
  drop_received();
  end_reading(StreamErrc::closed);
  end_writing(StreamErrc::closed);
  if (owner_ != nullptr) return owner_->close_tunnel(*this);
  tell_closed({});
}

void TunnelStream::reset(ResetReason reason) {
  closing_ = true;
  want_read_ = false;
  closed_due_ = false;
  closed_done_ = true;
  drop_received();
  end_reading(StreamErrc::closed);
  end_writing(StreamErrc::closed);
  if (owner_ != nullptr) owner_->abort_tunnel(*this, reason);
}

ReadShape TunnelStream::write_shape() const {
  ReadShape shape;
  shape.headroom = proto::kDataHeadroom;
  shape.payload = static_cast<std::uint32_t>(proto::data_payload(id_));
  return shape;
}

void TunnelStream::deliver(BufferQueue& payload, std::size_t charge) {
  charged_ += charge;
  if (read_end_.failed()) {
    payload.clear();
  } else {
    payload.move_to(received_);
  }
  give_back();
  if (want_read_ && readable()) shard_.mark_dirty(*this);
}

void TunnelStream::close_by_peer(error_code end) {
  peer_closed_ = true;
  end_reading(end);
  end_writing(StreamErrc::hangup);
  tell_closed(StreamErrc::hangup);
}

void TunnelStream::confirm_close() {
  detach();
  tell_closed({});
}

void TunnelStream::lose(error_code why) {
  detach();
  end_reading(why);
  end_writing(why);
  tell_closed(why);
}

void TunnelStream::detach() {
  if (packets_ == nullptr) return;
  // The memory is bounded by what has come already, and nobody could give the window back later.
  packets_->consume(std::exchange(charged_, 0));
  packets_->leave_line(*this);
  packets_ = nullptr;
  owner_ = nullptr;
  end_writing(StreamErrc::hangup);
}

void TunnelStream::release() {
  held_ = false;
  if (want_write_) shard_.mark_dirty(*this);
}

void TunnelStream::end_reading(error_code why) {
  if (!read_end_.failed()) read_end_ = why;
  if (want_read_) shard_.mark_dirty(*this);
}

void TunnelStream::end_writing(error_code why) {
  if (!write_end_.failed()) write_end_ = why;
  want_write_ = false;  // on_closed() tells it
}

void TunnelStream::tell_closed(error_code reason) {
  if (closed_due_ || closed_done_) return;
  closed_due_ = true;
  close_reason_ = reason;
  shard_.mark_dirty(*this);
}

void TunnelStream::give_back() {
  const std::size_t beyond = received_.size() > bound_ ? received_.size() - bound_ : 0;
  if (charged_ <= beyond || packets_ == nullptr) return;
  packets_->consume(charged_ - beyond);
  charged_ = beyond;
}

void TunnelStream::drop_received() {
  received_.clear();
  give_back();
}

void TunnelStream::flush() {
  if (observer_ == nullptr) return;
  // One callback at a time: each may destroy this object.
  if (want_read_ && readable()) {
    want_read_ = false;
    if (want_write_ || closed_due_) shard_.mark_dirty(*this);
    return observer_->on_readable();
  }
  if (want_write_ && !held_ && !waiting()) {
    want_write_ = false;
    if (closed_due_) shard_.mark_dirty(*this);
    return observer_->on_writable();
  }
  if (closed_due_) {
    closed_due_ = false;
    closed_done_ = true;
    observer_->on_closed(close_reason_);
  }
}

void TunnelStream::on_room() {
  if (!want_write_ || observer_ == nullptr) return;
  want_write_ = false;
  observer_->on_writable();
}

}  // namespace konduit::transport_grpc
