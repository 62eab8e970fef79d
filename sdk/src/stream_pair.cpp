#include "konduit/stream_pair.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "detail/pair_stream.hpp"

namespace konduit {
namespace {

/// To where it waits behind others.
bool worth_copying(const Buffer& slice) noexcept { return slice.size() <= Buffer::kSmall || wastes_memory(slice); }

/// Memory of parcels that ended on this thread.
class ParcelMemory {
 public:
  ParcelMemory() { free_.reserve(kKept); }
  ~ParcelMemory() {
    for (void* memory : free_) ::operator delete(memory);
  }
  ParcelMemory(const ParcelMemory&) = delete;
  ParcelMemory& operator=(const ParcelMemory&) = delete;

  void* take(std::size_t size) {
    if (free_.empty()) return ::operator new(size);
    void* memory = free_.back();
    free_.pop_back();
    return memory;
  }

  void keep(void* memory) noexcept {
    if (free_.size() == kKept) return ::operator delete(memory);
    free_.push_back(memory);
  }

 private:
  static constexpr std::size_t kKept = 64;
  std::vector<void*> free_;
};

thread_local ParcelMemory parcel_memory;

}  // namespace

void* Parcel::operator new(std::size_t size) { return parcel_memory.take(size); }

void Parcel::operator delete(void* memory) noexcept { parcel_memory.keep(memory); }

void Parcel::run() noexcept {
  if (to_->stream) {
    to_->stream->receive(*this);
  } else if (words & kClose) {
    auto answer = std::make_unique<Parcel>(from_, to_);
    answer->words = kClosed;
    from_->shard.post_message(std::move(answer));
  }
}

PairStream::PairStream(PairEndPtr self, PairEndPtr peer) : self_(std::move(self)), peer_(std::move(peer)) {
  self_->stream = this;
}

PairStream::~PairStream() {
  reset(ResetReason::cancelled);
  self_->stream = nullptr;
}

void PairStream::observe(Observer* observer) {
  observer_ = observer;
  // What happened while nobody watched is told to the next observer.
  if (observer_ && (tell_closed_ || (read_armed_ && readable()) || (write_armed_ && writable_))) look();
}

Result<std::size_t> PairStream::try_read(BufferQueue& into, const ReadShape& shape) {
  if (in_.empty()) {
    if (read_end_) return read_end_;
    read_armed_ = true;
    return StreamErrc::would_block;
  }
  // Whole slices as far as they fit: a slice that is cut in two cannot cross to another shard without a copy.
  std::size_t bytes = 0;
  while (!in_.empty() && bytes + in_.front().size() <= shape.limit) {
    bytes += in_.front().size();
    into.push_back(in_.pop_front());
  }
  if (bytes == 0) {
    bytes = std::max<std::size_t>(shape.limit, 1);
    in_.move_to(into, bytes);
  }
  in_.shrink();
  count_consumed(bytes);
  return bytes;
}

// The other end publishes what it waits for and then looks at the counter again, so one of the two sees the other.
void PairStream::count_consumed(std::size_t bytes) {
  const auto total = self_->consumed.load(std::memory_order_relaxed) + bytes;
  self_->consumed.store(total, std::memory_order_seq_cst);
  if (total < self_->wake_at.load(std::memory_order_seq_cst)) return;
  if (self_->wake_at.exchange(PairEnd::kNever, std::memory_order_seq_cst) == PairEnd::kNever) return;
  send(peer_, Parcel::kWritable);
}

Result<std::size_t> PairStream::try_write(BufferQueue& from) {
  if (write_end_) return write_end_;
  if (from.empty()) return std::size_t{0};
  const auto under_way = taken_ - peer_->consumed.load(std::memory_order_acquire);
  const auto bytes = std::min<std::size_t>(from.size(), self_->window - under_way);
  if (bytes > 0) {
    from.move_to(out_, bytes);
    taken_ += bytes;
    self_->shard.mark_dirty(*this);
  }
  if (!from.empty()) arm_write();
  if (bytes == 0) return StreamErrc::would_block;
  return bytes;
}

void PairStream::arm_write() {
  if (!write_armed_) writable_ = false;
  write_armed_ = true;
  const auto at = taken_ - self_->window + std::max<std::uint64_t>(self_->window / 4, 1);
  peer_->wake_at.store(at, std::memory_order_seq_cst);
  if (peer_->consumed.load(std::memory_order_seq_cst) < at) return;
  if (peer_->wake_at.exchange(PairEnd::kNever, std::memory_order_seq_cst) == PairEnd::kNever) return;
  writable_ = true;
  look();
}

bool PairStream::half_close() {
  if (state_ != State::open || write_end_) return true;
  write_end_ = StreamErrc::closed;
  words_ |= Parcel::kEndOfStream;
  self_->shard.mark_dirty(*this);
  return true;
}

void PairStream::close() {
  if (state_ != State::open) return;
  state_ = peer_gone() ? State::closed : State::closing;
  in_.clear();
  read_end_ = write_end_ = StreamErrc::closed;
  read_armed_ = write_armed_ = false;
  words_ |= Parcel::kClose;
  self_->shard.mark_dirty(*this);
}

void PairStream::reset(ResetReason) {
  if (state_ == State::closed) return;
  drop_all();
  state_ = State::closed;
  read_end_ = write_end_ = StreamErrc::closed;
  read_armed_ = write_armed_ = tell_closed_ = false;
  told_closed_ = true;
  words_ = 0;
  send(peer_, Parcel::kReset);
}

std::size_t PairStream::queued() const {
  return peer_gone() ? 0 : taken_ - peer_->consumed.load(std::memory_order_acquire);
}

void PairStream::drop_all() noexcept {
  in_.clear();
  out_.clear();
}

void PairStream::send(const PairEndPtr& to, std::uint8_t words) noexcept {
  auto parcel = std::make_unique<Parcel>(to, self_);
  parcel->words = words;
  to->shard.post_message(std::move(parcel));
}

void PairStream::look() {
  if (!std::exchange(look_posted_, true)) send(self_, Parcel::kLook);
}

// A block's count is not atomic: only a block that nobody else holds may change threads.
Buffer PairStream::crossing(Buffer slice) {
  if (slice.unique() || &self_->shard == &peer_->shard) return slice;
  return self_->shard.pool().copy(slice.bytes());
}

void PairStream::flush() {
  do {
    auto parcel = std::make_unique<Parcel>(peer_, self_);
    while (!out_.empty() && parcel->count < Parcel::kSlices) {
      parcel->slices[parcel->count++] = crossing(out_.pop_front());
    }
    if (out_.empty()) parcel->words = std::exchange(words_, 0);
    peer_->shard.post_message(std::move(parcel));
  } while (!out_.empty());
}

void PairStream::receive(Parcel& parcel) {
  if (state_ == State::open && !(read_end_ == StreamErrc::reset)) take_in(parcel);
  hear(parcel.words);
  tell_observer();
}

// The window counts bytes, and each may have come in a block of its own: while nobody reads, it must not hold that.
void PairStream::take_in(Parcel& parcel) {
  const bool waits = !in_.empty();
  for (Buffer& slice : std::span(parcel.slices).first(parcel.count)) {
    if (waits && worth_copying(slice)) {
      in_.push_back_copy(slice.bytes(), self_->shard.pool());
    } else {
      in_.push_back(std::move(slice));
    }
  }
}

void PairStream::hear(std::uint8_t words) {
  if (words & Parcel::kLook) look_posted_ = false;
  if (words & Parcel::kWritable) writable_ = true;
  if (words & Parcel::kClose) send(peer_, Parcel::kClosed);
  if (state_ == State::closing) {
    if (words & Parcel::kClosed) ended({});
    if (words & Parcel::kReset) ended(StreamErrc::reset);
  }
  if (state_ != State::open) return;
  if (words & (Parcel::kEndOfStream | Parcel::kClose)) read_end_ = StreamErrc::end_of_stream;
  if (words & Parcel::kReset) {
    drop_all();
    read_end_ = StreamErrc::reset;
    ended(StreamErrc::reset);
  } else if (words & Parcel::kClose) {
    out_.clear();
    ended(StreamErrc::hangup);
  }
}

void PairStream::ended(error_code reason) {
  if (state_ == State::closing) state_ = State::closed;
  if (!write_end_) write_end_ = reason;
  writable_ = true;
  if (peer_gone()) return;
  tell_closed_ = true;
  closed_reason_ = reason;
}

// Every callback may destroy this stream or set another observer.
void PairStream::tell_observer() {
  const PairEndPtr self = self_;
  if (observer_ && read_armed_ && readable()) {
    read_armed_ = false;
    observer_->on_readable();
    if (self->stream != this) return;
  }
  if (observer_ && write_armed_ && writable_) {
    write_armed_ = false;
    observer_->on_writable();
    if (self->stream != this) return;
  }
  if (observer_ && tell_closed_) {
    tell_closed_ = false;
    told_closed_ = true;
    observer_->on_closed(closed_reason_);
  }
}

StreamPair make_stream_pair(Shard& first, Shard& second, std::size_t window) {
  auto near = std::make_shared<PairEnd>(first, std::max<std::size_t>(window, 1));
  auto far = std::make_shared<PairEnd>(second, near->window);
  StreamPair pair;
  pair.first = std::make_unique<PairStream>(near, far);
  pair.second = std::make_unique<PairStream>(far, near);
  return pair;
}

}  // namespace konduit
