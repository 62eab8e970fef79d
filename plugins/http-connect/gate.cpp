#include "http-connect/gate.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace konduit::http_connect {
namespace {

// How often the system is asked: soon at first, since most clients read at once, then ever less often. A client that
// has not read for more than a second waits a fiftieth of that time longer at the most.
constexpr Duration kFirstPause = std::chrono::microseconds(50);
constexpr Duration kLongPause = std::chrono::milliseconds(20);
constexpr Duration kLongestPause = std::chrono::seconds(1);
constexpr int kPartOfTheTime = 50;
// A read that has just emptied a Unix socket looks for more before it returns (unix_stream_read_generic in Linux), so
// that the answer counts as taken only a while after it was seen to be.
constexpr Duration kReturnOfRead = std::chrono::milliseconds(1);

}  // namespace

GatedStream::GatedStream(Shard& shard, StreamPtr inner, BufferQueue early, Duration gap, Gauge* open_connections,
                         Histogram* write_waits)
    : shard_(shard),
      inner_(std::move(inner)),
      early_(std::move(early)),
      gap_(gap),
      open_connections_(open_connections),
      write_waits_(write_waits),
      deadline_(shard.deadlines(), *this),
      last_queued_(shard.now()),
      pause_(kFirstPause) {
  if (early_.empty()) early_.shrink();  // the head came through its ring
}

GatedStream::~GatedStream() {
  inner_->observe(nullptr);
  if (open_connections_) open_connections_->add(-1);
}

// Where nobody listens, the stream below keeps its end for who comes.
void GatedStream::observe(Stream::Observer* observer) {
  observer_ = observer;
  inner_->observe(observer == nullptr || open_ ? observer : this);
}

Result<std::size_t> GatedStream::try_read(BufferQueue& into, const ReadShape& shape) {
  if (early_.empty()) {
    const auto count = inner_->try_read(into, shape);
    if (!open_ && count && *count > 0) spoke_ = true;
    return count;
  }
  const std::size_t count = std::min<std::size_t>(early_.size(), std::max<std::uint32_t>(shape.limit, 1));
  early_.move_to(into, count);
  if (early_.empty()) early_.shrink();
  return count;
}

Result<std::size_t> GatedStream::try_write(BufferQueue& from) {
  if (open_) return write_through(from);
  if (from.empty()) return std::size_t{0};
  if (answer_taken()) {
    open();
    return write_through(from);
  }
  wants_write_ = true;
  if (!deadline_.armed()) wait();
  return StreamErrc::would_block;
}

Result<std::size_t> GatedStream::write_through(BufferQueue& from) {
  const auto written = inner_->try_write(from);
  if (write_waits_ == nullptr) return written;
  if (written) {
    const Duration waited = waits_since_ == TimePoint{} ? Duration::zero() : shard_.now() - waits_since_;
    waits_since_ = {};
    write_waits_->observe(std::chrono::duration<double>(waited).count());
  } else if (would_block(written.error()) && waits_since_ == TimePoint{}) {
    waits_since_ = shard_.now();
  }
  return written;
}

bool GatedStream::answer_taken() {
  if (const auto unread = inner_->unread_by_peer()) {
    if (*unread > 0) {
      seen_taken_.reset();  // more has been written since: TLS answers by itself
      return false;
    }
    if (!seen_taken_) seen_taken_ = shard_.now();
    return spoke_ || shard_.now() - *seen_taken_ >= kReturnOfRead;
  }
  if (inner_->queued() > 0) {
    last_queued_ = shard_.now();
    return false;
  }
  return shard_.now() - last_queued_ >= gap_;
}

void GatedStream::wait() {
  if (seen_taken_) {
    deadline_.arm_at(*seen_taken_ + kReturnOfRead);
  } else if (inner_->unread_by_peer()) {
    deadline_.arm(pause_);
    const Duration waited = shard_.now() - last_queued_;
    pause_ = std::min(pause_ * 2, std::clamp(waited / kPartOfTheTime, kLongPause, kLongestPause));
  } else {
    deadline_.arm_at(last_queued_ + std::max(gap_, kFirstPause));
  }
}

void GatedStream::open() {
  open_ = true;
  deadline_.disarm();
  inner_->observe(observer_);
}

void GatedStream::close() {
  wants_write_ = false;
  if (!open_) open();
  inner_->close();
}

void GatedStream::reset(ResetReason reason) {
  wants_write_ = false;
  if (!open_) open();
  inner_->reset(reason);
}

void GatedStream::on_deadline(Deadline&) {
  if (!answer_taken()) {
    wait();
    return;
  }
  open();
  if (!std::exchange(wants_write_, false)) return;
  if (observer_) observer_->on_writable();
}

void GatedStream::on_readable() {
  if (observer_) observer_->on_readable();
}

void GatedStream::on_writable() {
  if (observer_) observer_->on_writable();
}

// Nobody can be overrun any more; try_write() shall say why.
void GatedStream::on_closed(error_code reason) {
  open();
  wants_write_ = false;
  if (observer_) observer_->on_closed(reason);
}

}  // namespace konduit::http_connect
