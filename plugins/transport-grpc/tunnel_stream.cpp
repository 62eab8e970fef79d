#include "transport-grpc/tunnel_stream.hpp"

#include <algorithm>
#include <utility>

#include "proto/packet.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

/// Slices from which on a queue's ring is worth giving back when the tunnel has become quiet.
constexpr std::size_t kWideRing = 32;
constexpr std::size_t kQuiet = 2;
/// While more than this part of the budget is in use, no piece may hold several times its size.
constexpr std::size_t kScarce = 4;
/// How often one that stands still is looked at again.
constexpr Duration kNextLook = std::chrono::seconds(1);
/// More than any honest peer grants. Beyond it the sum could overflow.
constexpr std::int64_t kMostCredit = std::int64_t{1} << 40;
/// What is read of a source for a tunnel whose peer takes little or nothing now.
constexpr std::int64_t kLeastRead = proto::kDataPayload;

bool scarce(const MemoryBudget& budget) noexcept { return budget.in_use() > budget.limit() / kScarce; }

}  // namespace

TunnelStream::TunnelStream(PacketStream& packets, TunnelOwner& owner, std::int64_t id,
                           std::shared_ptr<const TunnelContext> context, std::int64_t credit)
    : packets_(&packets),
      owner_(&owner),
      shard_(packets.shard()),
      id_(id),
      context_(std::move(context)),
      stalled_(shard_.deadlines(), *this) {
  if (!context_->features.credit) return;
  window_.emplace(context_->budget, shard_.now());
  credit_ = std::clamp<std::int64_t>(credit, 0, kMostCredit);
}

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
  std::size_t limit = std::max<std::size_t>(shape.limit, 1);
  // What a slow reader has taken nobody can take from it.
  if (scarce(context_->budget)) limit = std::min(limit, context_->budget.share());
  const std::size_t count = std::min<std::size_t>(received_.size(), limit);
  read_lately_ += count;
  const std::size_t slices = received_.count();
  received_.move_to(into, count);
  if (slices > kWideRing) {
    wide_ring_ = true;
  } else if (wide_ring_ && slices <= kQuiet && received_.empty()) {
    received_.shrink();
    wide_ring_ = false;
  }
  give_back(count);
  return count;
}

Result<std::size_t> TunnelStream::try_write(BufferQueue& from) {
  if (write_end_.failed()) return write_end_;
  if (from.empty()) return std::size_t{0};
  const std::size_t room = held_ || !has_credit() ? 0 : packets_->ask_room(*this);
  if (room == 0) {
    want_write_ = true;
    if (!held_ && waits_since_ == TimePoint{}) waits_since_ = shard_.now();
    return make_error_code(StreamErrc::would_block);
  }
  const std::size_t limit = window_ ? static_cast<std::size_t>(credit_) : from.size();
  const std::size_t taken = packets_->send_data(id_, from, room, limit);
  if (window_) credit_ -= static_cast<std::int64_t>(taken);
  packets_->counters().wrote(waits_since_ == TimePoint{} ? Duration::zero() : shard_.now() - waits_since_);
  waits_since_ = {};
  if (!from.empty()) {
    want_write_ = true;
    if (has_credit()) packets_->stand_in_line(*this);
  }
  return taken;
}

bool TunnelStream::half_close() {
  if (!context_->features.half_close) return false;
  if (owner_ != nullptr && !write_end_.failed()) {
    end_writing(StreamErrc::closed);
    packets_->send(transport_grpc::half_close(id_));
  }
  return true;
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
  shape.payload = static_cast<std::uint32_t>(proto::data_slice(id_));
  // What cannot be sent would only wait in the relay.
  if (window_) {
    shape.limit = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(credit_, kLeastRead, static_cast<std::int64_t>(shape.limit)));
  }
  return shape;
}

/// Of all tunnels of the packet stream: what leaves for one makes room for the next.
std::optional<Delivery> TunnelStream::delivery() const {
  if (packets_ == nullptr) return std::nullopt;
  return Delivery{packets_->pushed(), packets_->framed()};
}

void TunnelStream::deliver(BufferQueue& payload, std::size_t charge) {
  // What a stock peer sends behind its close is dropped.
  const bool finished = context_->features.any() && end_of_stream(read_end_) && !closing_;
  if (finished) {
    packets_->consume(charge);
    return break_off();
  }
  if (window_) {
    // Memory is bounded by the tunnel's own window, so that of the stream is free at once.
    packets_->consume(charge);
    if (!window_->received(payload.size())) return break_off();
    take_in(payload);
    return watch_reader(0);
  }
  charged_ += charge;
  take_in(payload);
  give_back(0);
}

void TunnelStream::take_in(BufferQueue& payload) {
  if (read_end_.failed()) {
    payload.clear();
  } else if ((unread() > 0 && payload.size() <= Buffer::kSmall) ||
             (wastes_memory(payload) && scarce(context_->budget))) {
    while (payload.count() > 0) received_.push_back_copy(payload.pop_front().bytes(), shard_.pool());
  } else {
    payload.move_to(received_);
  }
  if (want_read_ && readable()) shard_.mark_dirty(*this);
}

void TunnelStream::add_credit(std::int64_t bytes) {
  if (!window_) return;
  if (bytes <= 0 || bytes > kMostCredit - credit_) return break_off();
  credit_ += bytes;
  if (want_write_ && !held_) shard_.mark_dirty(*this);
}

void TunnelStream::break_off() {
  context_->offenders.broke_protocol(context_->remote, id_);
  cut(ResetReason::protocol_error, StreamErrc::protocol);
}

void TunnelStream::cut(ResetReason reason, StreamErrc why) {
  drop_received();
  read_end_ = why;
  TunnelOwner* const owner = owner_;
  end_writing(why);
  tell_closed(why);
  if (owner != nullptr) owner->abort_tunnel(*this, reason);
  if (want_read_) shard_.mark_dirty(*this);
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
  count_hold();
  packets_->leave_line(*this);
  packets_ = nullptr;
  owner_ = nullptr;
  end_writing(StreamErrc::hangup);
  stalled_.disarm();
  // Nothing more comes: who reads may finish, and who does not is ended when the budget is used up.
  if (beyond_share()) watch_from_now();
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

void TunnelStream::give_back(std::size_t read) {
  if (packets_ == nullptr) return;
  if (window_) {
    // Whoever has said that nothing follows needs no credit.
    // While a WINDOW waits to leave, others follow in whole steps only.
    if (window_->consumed(read, told() ? shard_.now() : TimePoint{}) && !read_end_.failed()) grant();
    return;
  }
  const std::size_t bound = context_->shared_stream ? context_->budget.share() : 0;
  const std::size_t beyond = unread() > bound ? unread() - bound : 0;
  if (charged_ > beyond) {
    packets_->consume(charged_ - beyond);
    charged_ = beyond;
  }
  count_hold();
  watch_reader(read);
}

void TunnelStream::grant() {
  // A peer that takes none of its credit and sends as if it had would fill the queue. It runs out instead. An honest
  // one never comes here: where so much waits, it has nothing left to send with.
  if (!told() && untold_ >= window_->size()) return;
  const std::size_t more = window_->grant(shard_.now(), packets_->round_trip());
  if (more == 0) return;
  packets_->send_window(id_, static_cast<std::int64_t>(more));
  untold_ = static_cast<std::uint32_t>(told() ? more : untold_ + more);
  if (told()) told_at_ = packets_->pushed();
}

/// Nothing that was granted waits to leave, as far as told_at_ says.
bool TunnelStream::told() {
  if (told_at_ != 0 && packets_->framed() >= told_at_) told_at_ = 0;
  return told_at_ == 0;
}

void TunnelStream::count_hold() {
  if (holding_ == (charged_ > 0)) return;
  holding_ = !holding_;
  packets_->counters().held(holding_ ? 1 : -1);
}

/// Whoever holds more than its share may have to let go of it. Without credit nobody has agreed to what it holds, and
/// where it holds the window of all it is given little time. A reader that waits takes it when this turn ends.
void TunnelStream::watch_reader(std::size_t read) {
  if (!beyond_share()) return stalled_.disarm();
  const bool stuck = read == 0 && !want_read_;
  if (stuck && !window_ && context_->budget.exceeded()) return cut_over_budget();
  if (stalled_.armed() && !(read > 0 && holds_others())) return;
  watch_from_now();
}

void TunnelStream::watch_from_now() {
  read_lately_ = 0;
  stalled_.arm(MemoryBudget::kStallLimit);
}

void TunnelStream::on_deadline(Deadline&) {
  if (holds_others()) {
    context_->offenders.stalled(context_->remote, id_);
    return cut(ResetReason::timed_out, StreamErrc::timed_out);
  }
  if (!beyond_share()) return;
  const std::size_t least = window_ ? 1 : context_->budget.share();
  const bool read = std::exchange(read_lately_, 0) >= least;
  if (!read && context_->budget.exceeded()) return cut_over_budget();
  stalled_.arm(read ? MemoryBudget::kStallLimit : kNextLook);
}

void TunnelStream::cut_over_budget() {
  context_->offenders.over_budget(context_->remote, id_);
  cut(ResetReason::overloaded, StreamErrc::overloaded);
}

void TunnelStream::drop_received() {
  const std::size_t dropped = unread();
  received_.clear();
  stalled_.disarm();
  if (!window_) give_back(dropped);
}

void TunnelStream::flush() {
  if (observer_ == nullptr) return;
  // One callback at a time: each may destroy this object.
  if (want_read_ && readable()) {
    want_read_ = false;
    if (want_write_ || closed_due_) shard_.mark_dirty(*this);
    return observer_->on_readable();
  }
  if (want_write_ && !held_ && !waiting() && has_credit()) {
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
