#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "http2/connection_core.hpp"

namespace konduit::http2 {

void ConnectionCore::on_deadline(Deadline& which) {
  if (&which == &more_input_) {
    read_input();
  } else if (&which == &arrival_) {
    arrival_overdue();
  } else if (&which == &stall_) {
    stall_overdue();
  } else if (&which == &abandoned_) {
    look_at_abandoned();
  } else if (phase_ == Phase::open) {
    more_input_.armed() ? close_grace_.arm(kHangupGrace) : void(input_failed(hangup_));
  } else {
    fail(reason_, std::move(text_));
  }
}

// How much of the block may be read: what stands in front of the first frame that breaks a rule.
std::size_t ConnectionCore::inspect(const Buffer& block) {
  const TimePoint now = shard_.now();
  std::size_t at = 0;
  while (const auto frame = walk_.next(block.bytes(), at)) {
    broken_rule_ = policy_.frame(*frame, now);
    if (!broken_rule_.empty()) return at - std::min(at, FrameHeader::kSize);
  }
  return block.size();
}

void ConnectionCore::enforce(std::string_view rule) {
  if (!rule.empty()) give_up(ErrorCode::enhance_your_calm, StreamErrc::overloaded, rule);
}

void ConnectionCore::give_up(ErrorCode code, StreamErrc reason, std::string_view text) {
  if (phase_ != Phase::open) return;
  close(code, text);
  reason_ = make_error_code(reason);
}

void ConnectionCore::settings_received() {
  if (!std::exchange(greeted_, true)) {
    arrival_.disarm();
    const bool owes_stream = role_ == Role::server && settings_.first_stream_timeout > Duration::zero();
    if (owes_stream) arrival_.arm(settings_.first_stream_timeout);
  }
  handler_.on_settings();
}

void ConnectionCore::arrival_overdue() {
  if (greeted_) {
    give_up(ErrorCode::no_error, StreamErrc::timed_out, "the client opened no stream in time");
  } else {
    give_up(ErrorCode::settings_timeout, StreamErrc::timed_out, "the peer did not say in time that it speaks HTTP/2");
  }
}

// Once in a while, so that the deadline costs nothing where frames come and go.
void ConnectionCore::watch_for_stall() {
  if (stall_.armed() || settings_.stall_timeout <= Duration::zero()) return;
  if (!blocked_ && !window_shut()) return;
  arrived_then_ = arrived();
  data_sent_then_ = data_sent_;
  stall_.arm(settings_.stall_timeout);
}

void ConnectionCore::stall_overdue() {
  if (!blocked_ && !(window_shut() && data_waits())) return;
  if (progressed()) return watch_for_stall();
  give_up(ErrorCode::enhance_your_calm, StreamErrc::timed_out,
          blocked_ ? "the peer does not read" : "the peer keeps the connection's window shut");
}

// Acks leave through a shut window too.
bool ConnectionCore::progressed() const {
  return blocked_ ? arrived() != arrived_then_ : data_sent_ != data_sent_then_;
}

// The inner stream takes bytes in large pieces, and a slow link is long in carrying one.
std::uint64_t ConnectionCore::arrived() const {
  const auto progress = inner_->delivery();
  return progress ? progress->delivered : taken_;
}

void ConnectionCore::abandon(StreamId id, OpenStream& stream) {
  if (stream.abandoned || stream.output.empty()) return;
  stream.abandoned = true;
  stream.left_then = stream.output.size() + 1;  // it has not been looked at
  abandoned_bytes_ += stream.output.size();
  if (abandoned_bytes_ > settings_.abandoned) return reset(id, ErrorCode::cancel);
  if (!abandoned_.armed() && settings_.stall_timeout > Duration::zero()) abandoned_.arm(settings_.stall_timeout / 2);
}

// The peer keeps their windows shut, and no user is there to lose patience.
void ConnectionCore::look_at_abandoned() {
  std::vector<StreamId> stuck;
  bool moving = false;
  for (auto& [id, stream] : streams_) {
    if (!stream.abandoned || stream.output.empty()) continue;
    if (std::exchange(stream.left_then, stream.output.size()) == stream.output.size()) {
      stuck.push_back(id);
    } else {
      moving = true;
    }
  }
  for (const StreamId id : stuck) reset(id, ErrorCode::cancel);
  if (moving) abandoned_.arm(settings_.stall_timeout / 2);
}

bool ConnectionCore::window_shut() const noexcept {
  return nghttp2_session_get_remote_window_size(session_.get()) <= 0;
}

bool ConnectionCore::data_waits() const noexcept {
  return std::any_of(streams_.begin(), streams_.end(), [](const auto& open) { return !open.second.output.empty(); });
}

}  // namespace konduit::http2
