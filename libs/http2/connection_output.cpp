#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "http2/connection_core.hpp"

namespace konduit::http2 {

namespace {

// Frames that nghttp2 writes (all but DATA) are small: several share a block.
constexpr std::size_t kControlBlock = 512;

// Slices of one frame at the most; more small ones than this begin another.
constexpr std::size_t kGathered = 64;

// How much of the output goes into one frame. A slice that does not fit any more opens the next frame, so that its
// headroom serves that one's header, unless this one would be less than half full.
std::size_t frame_size(BufferQueue& output, std::size_t limit) noexcept {
  const std::size_t slices = std::min(output.count(), kGathered);
  std::size_t size = 0;
  for (std::size_t i = 0; i < slices; ++i) {
    const std::size_t next = output.at(i).size();
    if (size + next > limit) return 2 * size >= limit ? size : limit;
    size += next;
  }
  return size;
}

}  // namespace

bool ConnectionCore::push(StreamId id, Buffer bytes) {
  OpenStream* stream = find(id);
  if (!stream || stream->end != End::none || stream->abandoned) return false;
  stream->output.push_back(std::move(bytes));
  resume(id, *stream);
  return writable(id);
}

bool ConnectionCore::push(StreamId id, BufferQueue& bytes) {
  OpenStream* stream = find(id);
  if (!stream || stream->end != End::none) {
    bytes.clear();
    return false;
  }
  while (!bytes.empty()) stream->output.push_back(bytes.pop_front());
  resume(id, *stream);
  return writable(id);
}

void ConnectionCore::resume(StreamId id, OpenStream& stream) {
  if (std::exchange(stream.deferred, false)) nghttp2_session_resume_data(session_.get(), id);
  shard_.mark_dirty(*this);
}

std::size_t ConnectionCore::queued(StreamId id) const noexcept {
  const OpenStream* stream = find(id);
  return stream ? stream->output.size() : 0;
}

bool ConnectionCore::held_back(StreamId id) const noexcept {
  return queued(id) > 0 && nghttp2_session_get_stream_remote_window_size(session_.get(), id) <= 0;
}

bool ConnectionCore::writable(StreamId id) noexcept {
  OpenStream* stream = find(id);
  if (!stream || stream->end != End::none || stream->abandoned) return false;
  stream->wants_room = stream->wants_room || stream->output.size() >= settings_.high_water;
  return !stream->wants_room;
}

std::optional<std::size_t> ConnectionCore::unread_by_peer() const {
  const auto unread = inner_->unread_by_peer();
  if (!unread) return std::nullopt;
  return *unread + pending_.size();
}

Delivery ConnectionCore::delivery() const {
  auto progress = inner_->delivery();
  if (!progress) progress = {taken_, taken_ - std::min<std::uint64_t>(taken_, inner_->queued())};
  progress->taken += pending_.size();
  return *progress;
}

void ConnectionCore::on_writable() {
  blocked_ = false;
  shard_.mark_dirty(*this);
}

void ConnectionCore::flush() {
  if (phase_ == Phase::closed || phase_ == Phase::lingering) return;
  if (!pump()) return;
  if (phase_ == Phase::open && !hangup_) close_if_over();
  if (phase_ == Phase::closing) {
    finish_closing();
    return;
  }
  if (hangup_) return;
  watch_for_stall();
  tell_writable();
  if (!reading_) read_input();
}

// Neither end wants anything any more: nghttp2 found a fault and has said so, or a shutdown has come to its end.
void ConnectionCore::close_if_over() {
  if (nghttp2_session_want_read(session_.get()) || nghttp2_session_want_write(session_.get())) return;
  if (fault_said_) {
    begin_closing(make_error_code(StreamErrc::protocol), "the peer broke the protocol: " + fault_);
  } else if (draining_) {
    begin_closing({}, "drained");
  } else {
    begin_closing(make_error_code(StreamErrc::hangup), std::move(goaway_text_));
  }
}

bool ConnectionCore::pump() {
  if (hangup_) return true;
  while (true) {
    if (!pull()) return false;
    if (pending_.empty() || blocked_) break;
    const auto taken = inner_->try_write(pending_);
    if (taken) taken_ += *taken;
    if (!taken && !would_block(taken.error())) {
      return phase_ == Phase::open ? hang_up(taken.error()) : input_failed(taken.error());
    }
    blocked_ = !pending_.empty();
  }
  // This turn frames nothing more. An output that stays full must not hold PINGs up for ever.
  submit_pings();
  if (pending_.empty()) control_ = {};
  return true;
}

bool ConnectionCore::pull() {
  while (!output_full() && !last_goaway_sent_) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size < 0) {
      return fail(make_error_code(StreamErrc::protocol), nghttp2_strerror(static_cast<int>(size)));
    }
    if (size > 0) {
      append_control(reinterpret_cast<const std::byte*>(bytes), static_cast<std::size_t>(size));
    } else if (output_full() || pings_.empty()) {
      break;
    } else {
      submit_pings();
    }
  }
  return true;
}

// nghttp2 would let a PING overtake DATA that was queued before it.
void ConnectionCore::submit_pings() {
  for (const std::uint64_t opaque : pings_) submit_ping(opaque);
  pings_.clear();
}

void ConnectionCore::submit_ping(std::uint64_t opaque) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(opaque >> (56 - 8 * i));
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, bytes.data());
  policy_.ping_sent();
}

// What waits in nghttp2 is the peer's doing only if it does not read: it may as well be the answers of this turn.
bool ConnectionCore::pull_answers() {
  const auto rule = [this] { return policy_.frames_wait(nghttp2_session_get_outbound_queue_size(session_.get())); };
  if (phase_ != Phase::open || rule().empty()) return true;
  do {
    if (!pull()) return false;
  } while (output_full() && write_some());
  if (output_full()) enforce(rule());
  return true;
}

// What fails will fail again when the turn ends.
bool ConnectionCore::write_some() {
  if (hangup_) {
    pending_.clear();
    return true;
  }
  if (blocked_) return false;
  const auto taken = inner_->try_write(pending_);
  if (!taken) return false;
  taken_ += *taken;
  blocked_ = !pending_.empty();
  return *taken > 0;
}

void ConnectionCore::append_control(const std::byte* bytes, std::size_t size) {
  if (control_.size() < size) control_ = shard_.pool().allocate(std::max(size, kControlBlock));
  Buffer piece = control_.split_front(size);
  std::memcpy(piece.data(), bytes, size);
  pending_.push_back(std::move(piece));
}

ssize_t ConnectionCore::read_data(StreamId id, std::size_t limit, std::uint32_t& flags) {
  OpenStream* stream = find(id);
  if (!stream) return NGHTTP2_ERR_DEFERRED;
  const std::size_t size = frame_size(stream->output, limit);
  const bool last = size == stream->output.size();
  if (size == 0 && (stream->end == End::none || stream->end == End::said)) {
    stream->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (size > 0) flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (last && stream->end == End::finish) {
    flags |= NGHTTP2_DATA_FLAG_EOF;
    stream->end = End::said;
  } else if (last && stream->end == End::trailers) {
    flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    say_trailers(id, *stream);
  }
  return static_cast<ssize_t>(size);
}

void ConnectionCore::send_data(StreamId id, const std::byte* header, std::size_t size) {
  OpenStream& stream = *find(id);
  policy_.data_sent();
  data_sent_ += size;
  if (stream.abandoned) abandoned_bytes_ -= size;
  Buffer first = stream.output.pop_front();
  if (first.size() > size) {
    Buffer taken = first.split_front(size);
    stream.output.push_front(std::move(first));
    first = std::move(taken);
  }
  const std::size_t rest = size - first.size();
  if (first.headroom() >= kFrameHeader) {
    std::memcpy(first.prepend(kFrameHeader).data(), header, kFrameHeader);
  } else {
    append_control(header, kFrameHeader);
  }
  pending_.push_back(std::move(first));
  stream.output.move_to(pending_, rest);
  if (stream.wants_room && stream.output.size() <= settings_.low_water) room_.push_back(id);
}

void ConnectionCore::frame_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    last_goaway_sent_ = phase_ == Phase::closing;
    fault_said_ = frame.goaway.error_code != NGHTTP2_NO_ERROR;
    if (fault_said_ && fault_.empty()) name_fault(frame.goaway);
    return;
  }
  const bool ends = frame.hd.type == NGHTTP2_HEADERS && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM);
  if (role_ != Role::server || !ends) return;
  // RFC 9113 8.1: with its trailers the answer is complete, and no more of the request is wanted.
  const OpenStream* stream = find(frame.hd.stream_id);
  if (stream && !stream->remote_ended) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
  }
}

// nghttp2 has found the fault: what it says to the peer goes to the log as well.
void ConnectionCore::name_fault(const nghttp2_goaway& goaway) {
  fault_ = to_string(static_cast<ErrorCode>(goaway.error_code));
  const std::string_view text(reinterpret_cast<const char*>(goaway.opaque_data), goaway.opaque_data_len);
  if (!text.empty()) fault_.append(", ").append(text);
}

void ConnectionCore::tell_writable() {
  telling_.swap(room_);
  for (const StreamId id : telling_) {
    OpenStream* stream = find(id);
    if (!stream || !stream->wants_room || stream->output.size() > settings_.low_water) continue;
    stream->wants_room = false;
    if (stream->handler && writable(id)) stream->handler->on_writable(id);
  }
  telling_.clear();
}

}  // namespace konduit::http2
