#include "konduit/testkit/memory_stream.hpp"

#include <algorithm>

namespace konduit::testkit {

MemoryStream::MemoryStream(Shard& shard, MemoryStreamSettings settings) : shard_(shard), settings_(settings) {}

MemoryStream::Ends MemoryStream::make_pair(Shard& shard, MemoryStreamSettings first, MemoryStreamSettings second) {
  Ends ends;
  ends.first.reset(new MemoryStream(shard, first));
  ends.second.reset(new MemoryStream(shard, second));
  ends.first->peer_ = ends.second.get();
  ends.second->peer_ = ends.first.get();
  return ends;
}

MemoryStream::~MemoryStream() {
  reset(ResetReason::cancelled);
  *alive_ = false;
  if (peer_) peer_->peer_ = nullptr;
}

void MemoryStream::fail_read_after(std::size_t bytes, error_code error) {
  read_fault_in_ = bytes;
  read_fault_ = error;
  schedule();
}

void MemoryStream::fail_write_after(std::size_t bytes, error_code error) {
  write_fault_in_ = bytes;
  write_fault_ = error;
  schedule();
}

void MemoryStream::hang_up(error_code reason) {
  end_writing(reason);
  schedule();
}

void MemoryStream::release() {
  held_ = false;
  schedule();
}

void MemoryStream::observe(Observer* observer) {
  observer_ = observer;
  if (observer) schedule();
}

bool MemoryStream::readable() const noexcept {
  return !incoming_.empty() || read_end_ || read_fault_in_ == 0 || poked_read_;
}

std::size_t MemoryStream::room() const noexcept {
  const auto under_way = outgoing_.size() + (peer_ ? peer_->incoming_.size() : 0);
  return settings_.window > under_way ? settings_.window - under_way : 0;
}

std::size_t MemoryStream::queued() const { return outgoing_.size(); }

Result<std::size_t> MemoryStream::try_read(BufferQueue& into, const ReadShape& shape) {
  const bool blocked = ++reads_ == blocked_read_;
  if (!blocked && read_fault_in_ == 0) return read_fault_;
  if (blocked || incoming_.empty()) {
    if (!blocked && read_end_) return read_end_;
    read_armed_ = true;
    poked_read_ = blocked;
    if (blocked) schedule();
    return StreamErrc::would_block;
  }
  const auto bytes = std::min<std::size_t>(
      {incoming_.size(), std::max<std::uint32_t>(shape.limit, 1), settings_.read_limit, read_fault_in_});
  incoming_.move_to(into, bytes);
  if (read_fault_in_ != kNoFault) read_fault_in_ -= bytes;
  if (peer_) peer_->schedule();
  return bytes;
}

Result<std::size_t> MemoryStream::try_write(BufferQueue& from) {
  const bool blocked = ++writes_ == blocked_write_;
  if (write_end_) return write_end_;
  if (write_fault_in_ == 0) return write_fault_;
  if (from.empty()) return std::size_t{0};
  const auto bytes = blocked ? 0 : std::min<std::size_t>({from.size(), room(), settings_.write_limit, write_fault_in_});
  from.move_to(outgoing_, bytes);
  if (write_fault_in_ != kNoFault) write_fault_in_ -= bytes;
  if (!from.empty()) {
    write_armed_ = true;
    poked_write_ = blocked;
  }
  schedule();
  if (bytes == 0) return StreamErrc::would_block;
  return bytes;
}

bool MemoryStream::half_close() {
  if (!settings_.can_half_close) return false;
  if (state_ != State::open || write_end_) return true;
  half_closed_ = true;
  write_end_ = StreamErrc::closed;
  schedule();
  return true;
}

void MemoryStream::close() {
  if (state_ != State::open) return;
  state_ = tell_closed_ || told_closed_ ? State::closed : State::closing;
  incoming_.clear();
  read_end_ = write_end_ = StreamErrc::closed;
  read_fault_in_ = write_fault_in_ = kNoFault;
  read_armed_ = write_armed_ = false;
  schedule();
}

void MemoryStream::reset(ResetReason reason) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  incoming_.clear();
  outgoing_.clear();
  read_end_ = write_end_ = StreamErrc::closed;
  read_fault_in_ = write_fault_in_ = kNoFault;
  read_armed_ = write_armed_ = tell_closed_ = false;
  told_closed_ = true;
  if (!peer_) return;
  peer_->reset_reason_ = reason;
  peer_->peer_reset();
}

void MemoryStream::peer_reset() {
  incoming_.clear();
  outgoing_.clear();
  if (state_ == State::open) read_end_ = StreamErrc::reset;
  end_writing(StreamErrc::reset);
  schedule();
}

void MemoryStream::end_writing(error_code error) {
  if (state_ == State::closing) state_ = State::closed;
  if (!write_end_) write_end_ = error;
  if (tell_closed_ || told_closed_) return;
  tell_closed_ = true;
  closed_reason_ = error;
}

void MemoryStream::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  shard_.post([this, alive = alive_] {
    if (*alive) step();
  });
}

void MemoryStream::step() {
  scheduled_ = false;
  if (waited_++ < settings_.delay) return schedule();
  waited_ = 0;
  if (!held_) deliver();
  tell_observer();
}

void MemoryStream::deliver() {
  const bool ending = half_closed_ || state_ == State::closing;
  if (!peer_) return;
  if (outgoing_.empty() && !ending) return;
  if (peer_->state_ == State::open && peer_->read_end_ != StreamErrc::reset) {
    outgoing_.move_to(peer_->incoming_);
    if (ending) peer_->read_end_ = StreamErrc::end_of_stream;
  }
  outgoing_.clear();
  half_closed_ = false;
  if (state_ == State::closing) {
    end_writing({});
    peer_->end_writing(StreamErrc::hangup);
  }
  peer_->schedule();
}

// Every callback may destroy this stream or set another observer.
void MemoryStream::tell_observer() {
  const auto alive = alive_;
  if (observer_ && read_armed_ && readable()) {
    read_armed_ = poked_read_ = false;
    observer_->on_readable();
    if (!*alive) return;
  }
  const bool writable = room() > 0 || write_end_ || write_fault_in_ == 0 || poked_write_;
  if (observer_ && write_armed_ && writable) {
    write_armed_ = poked_write_ = false;
    observer_->on_writable();
    if (!*alive) return;
  }
  if (observer_ && tell_closed_) {
    tell_closed_ = false;
    told_closed_ = true;
    observer_->on_closed(closed_reason_);
  }
}

}  // namespace konduit::testkit
