#include "filters/paced_stream.hpp"

#include <algorithm>
#include <utility>

namespace konduit::filters {

PacedStream::PacedStream(StreamPtr inner, std::shared_ptr<PaceLane> to_target, std::shared_ptr<PaceLane> to_client)
    : inner_(std::move(inner)),
      to_target_(std::move(to_target)),
      to_client_(std::move(to_client)),
      read_turn_(*this, &PacedStream::tell_readable),
      write_turn_(*this, &PacedStream::tell_writable) {}

PacedStream::~PacedStream() { inner_->observe(nullptr); }

// Where nobody listens, the stream below keeps its end for who comes.
void PacedStream::observe(Stream::Observer* observer) {
  observer_ = observer;
  inner_->observe(observer != nullptr ? this : nullptr);
}

Result<std::size_t> PacedStream::try_read(BufferQueue& into, const ReadShape& shape) {
  if (!to_client_) return inner_->try_read(into, shape);
  const std::size_t most = to_client_->ask(read_turn_);
  if (most == 0) return make_error_code(StreamErrc::would_block);
  ReadShape limited = shape;
  limited.limit = static_cast<std::uint32_t>(std::min<std::size_t>(shape.limit, most));
  limited.payload = std::min(shape.payload, limited.limit);
  const auto read = inner_->try_read(into, limited);
  if (read) to_client_->moved(*read);
  return read;
}

Result<std::size_t> PacedStream::try_write(BufferQueue& from) {
  if (!to_target_) return inner_->try_write(from);
  const auto taken = write_in_turns(from);
  write_waits_ |= !from.empty();
  return taken;
}

Result<std::size_t> PacedStream::write_in_turns(BufferQueue& from) {
  std::size_t taken = 0;
  while (!from.empty()) {
    const std::size_t most = to_target_->ask(write_turn_);
    if (most == 0) break;
    const std::size_t asked = std::min(most, from.size());
    const auto written = write_part(from, asked);
    if (!written && taken == 0) return written;
    if (!written) break;
    taken += *written;
    to_target_->moved(*written);
    if (*written < asked) return taken;
  }
  if (taken == 0 && !from.empty()) return make_error_code(StreamErrc::would_block);
  return taken;
}

/// As try_write() of the first `most` bytes.
Result<std::size_t> PacedStream::write_part(BufferQueue& from, std::size_t most) {
  if (most >= from.size()) return inner_->try_write(from);
  BufferQueue part;
  from.move_to(part, most);
  const auto written = inner_->try_write(part);
  from.move_to(part);
  from = std::move(part);
  return written;
}

bool PacedStream::half_close() {
  const bool said = inner_->half_close();
  if (said && write_turn_.waiting()) write_turn_.unlink();
  return said;
}

void PacedStream::close() {
  leave_lines();
  inner_->close();
}

void PacedStream::reset(ResetReason reason) {
  leave_lines();
  inner_->reset(reason);
}

void PacedStream::leave_lines() {
  if (read_turn_.waiting()) read_turn_.unlink();
  if (write_turn_.waiting()) write_turn_.unlink();
}

// Where a turn is waited for, it is the turn that tells.
void PacedStream::on_readable() {
  if (!read_turn_.waiting()) tell_readable();
}

void PacedStream::on_writable() {
  if (!write_turn_.waiting()) tell_writable();
}

void PacedStream::on_closed(error_code reason) {
  if (observer_ != nullptr) observer_->on_closed(reason);
}

void PacedStream::tell_readable() {
  if (observer_ != nullptr) observer_->on_readable();
}

void PacedStream::tell_writable() {
  // The stream below may have waited for a part that has been written since.
  if (to_target_ && !std::exchange(write_waits_, false)) return;
  if (observer_ != nullptr) observer_->on_writable();
}

}  // namespace konduit::filters
