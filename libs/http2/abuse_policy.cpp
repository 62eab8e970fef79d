#include "http2/abuse_policy.hpp"

namespace konduit::http2 {

namespace {

constexpr std::string_view kFine;

std::string_view unless(bool allowed, std::string_view rule) noexcept { return allowed ? kFine : rule; }

}  // namespace

AbusePolicy::AbusePolicy(Role role, const Limits& limits) noexcept
    : role_(role),
      limits_(limits),
      resets_(limits.resets),
      idle_frames_(limits.idle_frames),
      window_updates_(limits.window_updates) {}

std::string_view AbusePolicy::frame(const FrameHeader& frame, TimePoint now) noexcept {
  switch (frame.type) {
    case FrameType::data:
      if (frame.length > 0 || frame.flags & FrameHeader::kEndStream) return kFine;
      return idle_frame(now);
    case FrameType::headers: return block_begins(frame);
    case FrameType::continuation: return block_goes_on(frame);
    case FrameType::rst_stream: return kFine;
    case FrameType::settings: return frame.flags & FrameHeader::kAck ? kFine : idle_frame(now);
    case FrameType::ping: return frame.flags & FrameHeader::kAck ? ack(now) : kFine;
    case FrameType::window_update: return unless(window_updates_.take(now), "too many WINDOW_UPDATE frames");
    case FrameType::push_promise: block_begins(frame); return idle_frame(now);
    default: return idle_frame(now);
  }
}

std::string_view AbusePolicy::block_begins(const FrameHeader& frame) noexcept {
  continuations_ = 0;
  block_bytes_ = frame.length;
  return unless(block_bytes_ <= limits_.header_block, "a header block is too large");
}

std::string_view AbusePolicy::block_goes_on(const FrameHeader& frame) noexcept {
  block_bytes_ += frame.length;
  if (block_bytes_ > limits_.header_block) return "a header block is too large";
  return unless(++continuations_ <= limits_.continuations, "too many CONTINUATION frames in a header block");
}

std::string_view AbusePolicy::ack(TimePoint now) noexcept {
  if (pings_ == 0) return idle_frame(now);
  --pings_;
  return kFine;
}

std::string_view AbusePolicy::idle_frame(TimePoint now) noexcept {
  return unless(idle_frames_.take(now), "too many frames that carry nothing");
}

std::string_view AbusePolicy::reset_received(TimePoint now) noexcept {
  if (role_ == Role::server) return reset_provoked(now);
  if (own_streams_ == 0) return idle_frame(now);
  --own_streams_;
  return kFine;
}

std::string_view AbusePolicy::reset_provoked(TimePoint now) noexcept {
  return unless(role_ == Role::client || resets_.take(now), "too many streams are reset");
}

std::string_view AbusePolicy::frames_wait(std::size_t count) const noexcept {
  return unless(count <= limits_.waiting_frames, "too many frames wait because the peer does not read");
}

bool AbusePolicy::allows_stream(std::size_t open) const noexcept {
  return limits_.streams == 0 || open < limits_.streams;
}

void AbusePolicy::header_list_begins() noexcept {
  list_bytes_ = 0;
  list_fields_ = 0;
}

bool AbusePolicy::allows_field(std::size_t name, std::size_t value) noexcept {
  // Once it is too large it must not become smaller: the sum stands still.
  if (list_bytes_ > limits_.header_list || list_fields_ > limits_.header_fields) return false;
  list_bytes_ += name + value + 32;
  ++list_fields_;
  return list_bytes_ <= limits_.header_list && list_fields_ <= limits_.header_fields;
}

void AbusePolicy::stream_opened() noexcept {
  if (role_ == Role::client) ++own_streams_;
  window_updates_.give(kUpdatesEach);
}

}  // namespace konduit::http2
