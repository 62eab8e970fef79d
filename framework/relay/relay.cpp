#include "relay/relay.hpp"

#include <algorithm>
#include <utility>

namespace konduit::relay {

namespace {

constexpr std::string_view kClosed = "closed";
constexpr std::string_view kClientReset = "client reset";
constexpr std::string_view kTargetReset = "target reset";
constexpr std::string_view kClientGone = "client closed";
constexpr std::string_view kTargetGone = "target closed";
constexpr std::string_view kHalfClosedTimeout = "half-closed timeout";
constexpr std::string_view kCloseTimeout = "close timeout";
constexpr std::string_view kIdleTimeout = "idle timeout";
constexpr std::string_view kOverBudget = "memory budget";

/// Looks at a direction that stands still until it has done so for long enough.
constexpr unsigned kLooks = 4;

/// Of two limits; 0 is none.
Duration shorter(Duration one, Duration other) {
  if (one == Duration::zero() || other == Duration::zero()) return std::max(one, other);
  return std::min(one, other);
}

}  // namespace

Relay::Relay(RelayContext& context, StreamPtr client, StreamPtr target, Owner& owner)
    : context_(context),
      owner_(owner),
      client_(*this, std::move(client)),
      target_(*this, std::move(target)),
      to_target_(*client_.stream, *target_.stream, context.bytes_to_target),
      to_client_(*target_.stream, *client_.stream, context.bytes_to_client),
      resume_(context.shard.deadlines(), *this),
      patience_(context.shard.deadlines(), *this),
      silence_(context.shard.deadlines(), *this) {}

void Relay::start() {
  client_.stream->observe(&client_);
  target_.stream->observe(&target_);
  // Not here, so that an end is never reported to a caller that is still starting us.
  starting_ = true;
  context_.shard.mark_dirty(*this);
  limit_silence(context_.settings.idle_timeout);
}

void Relay::reset(ResetReason reason) {
  for (Side* side : {&client_, &target_}) {
    side->stream->observe(nullptr);
    if (!std::exchange(side->closed, true)) side->stream->reset(reason);
  }
  expect_nothing();
}

/// Nothing is to be done any more.
void Relay::expect_nothing() {
  starting_ = false;
  resume_.disarm();
  patience_.disarm();
  silence_.disarm();
}

void Relay::flush() {
  if (!std::exchange(starting_, false)) return;
  advance_both();
  end_if_done();
}

void Relay::advance_both() {
  advance(to_target_, client_, target_);
  advance(to_client_, target_, client_);
}

void Relay::Side::on_readable() {
  const bool from_client = this == &relay.client_;
  Relay& self = relay;
  from_client ? self.advance(self.to_target_, self.client_, self.target_)
              : self.advance(self.to_client_, self.target_, self.client_);
  self.end_if_done();
}

void Relay::Side::on_writable() {
  const bool to_client = this == &relay.client_;
  Relay& self = relay;
  to_client ? self.advance(self.to_client_, self.target_, self.client_)
            : self.advance(self.to_target_, self.client_, self.target_);
  self.end_if_done();
}

void Relay::Side::on_closed(error_code reason) {
  Relay& self = relay;
  const bool is_client = this == &self.client_;
  if (closing) {
    closed = true;
  } else {
    hangup = reason.failed();
    if (self.end_.empty()) self.end_ = is_client ? kClientGone : kTargetGone;
    Direction& towards = is_client ? self.to_client_ : self.to_target_;
    towards.refuse();
    // Its own bytes may still wait to be read, and nothing else will ask for them.
    Direction& from = is_client ? self.to_target_ : self.to_client_;
    is_client ? self.advance(from, self.client_, self.target_) : self.advance(from, self.target_, self.client_);
    if (!self.closing_) self.limit_silence(self.silence_limit());
  }
  self.end_if_done();
}

void Relay::advance(Direction& direction, Side& source, Side& sink) {
  if (closing_ || both_closed() || direction.ended()) return;
  switch (direction.advance(context_.scratch)) {
    case Direction::Step::waiting: break;
    case Direction::Step::yielded: resume_.arm(Duration::zero()); break;
    case Direction::Step::ended: settle(direction, source, sink); break;
  }
  if (!both_closed()) watch(direction);
}

/// A direction has ended: tells the sink, and decides what becomes of the other direction.
void Relay::settle(Direction& direction, Side& source, Side& sink) {
  Direction& other = &direction == &to_target_ ? to_client_ : to_target_;
  switch (direction.state()) {
    case Direction::State::finished:
      if (other.ended() || sink.hangup) break;
      if (!sink.stream->half_close()) end_unsaid(sink, other);
      break;
    case Direction::State::truncated:
      end_ = &source == &client_ ? kClientReset : kTargetReset;
      reset(direction.broken());
      break;
    case Direction::State::refused:
      if (end_.empty()) end_ = &sink == &client_ ? kClientGone : kTargetGone;
      break;
    case Direction::State::open: break;
  }
}

/// The sink cannot be told that nothing follows. A client that has asked may still be answered; a target that has
/// finished has nothing to answer, and the client learns of it by the close alone.
void Relay::end_unsaid(Side& sink, Direction& other) {
  if (&sink == &client_) {
    other.refuse();
    return;
  }
  grace_ = true;
  progress_ = other.bytes();
  other.look();
  patience_.arm(context_.settings.half_closed_grace);
}

void Relay::close_both() {
  closing_ = true;
  grace_ = false;
  close(client_);
  close(target_);
  progress_ = client_.stream->queued() + target_.stream->queued();
  patience_.arm(context_.settings.close_grace);
}

void Relay::close(Side& side) {
  if (side.closed) return;
  side.closing = true;
  if (side.hangup) {
    // It has said on_closed already and will not say it again.
    side.closed = true;
    side.stream->observe(nullptr);
  }
  side.stream->close();
}

void Relay::on_deadline(Deadline& which) {
  if (&which == &resume_) {
    advance_both();
  } else if (&which == &silence_) {
    check_silence();
  } else if (grace_) {
    check_grace();
  } else if (closing_) {
    check_close();
  } else {
    look_at_both();
  }
  end_if_done();
}

void Relay::check_grace() {
  Direction& open = to_target_.ended() ? to_client_ : to_target_;
  const std::uint64_t now = open.bytes();
  const bool taken = open.look();
  if (std::exchange(progress_, now) != now || taken) {
    patience_.arm(context_.settings.half_closed_grace);
    return;
  }
  end_ = kHalfClosedTimeout;
  to_target_.refuse();
  to_client_.refuse();
}

/// Where one side has gone, what is left is to deliver what it had sent: the other takes it or is given up.
Duration Relay::silence_limit() const noexcept {
  const RelaySettings& settings = context_.settings;
  Duration limit = settings.idle_timeout;
  if (to_target_.ended() || to_client_.ended()) limit = shorter(limit, settings.half_closed_timeout);
  if (client_.hangup || target_.hangup) limit = shorter(limit, settings.close_grace);
  return limit;
}

Relay::Movement Relay::movement() const {
  Movement now{to_target_.bytes() + to_client_.bytes(), 0};
  if (client_.hangup || target_.hangup) now.queued = client_.stream->queued() + target_.stream->queued();
  return now;
}

void Relay::limit_silence(Duration limit) {
  moved_ = movement();
  if (limit > Duration::zero()) silence_.arm(limit);
}

void Relay::check_silence() {
  if (closing_) return;
  if (moved_ != movement()) return limit_silence(silence_limit());
  if (client_.hangup || target_.hangup) {
    end_ = kCloseTimeout;
    reset(ResetReason::timed_out);
    return;
  }
  end_ = to_target_.ended() || to_client_.ended() ? kHalfClosedTimeout : kIdleTimeout;
  to_target_.refuse();
  to_client_.refuse();
}

void Relay::check_close() {
  const std::uint64_t now = client_.stream->queued() + target_.stream->queued();
  if (std::exchange(progress_, now) != now) {
    patience_.arm(context_.settings.close_grace);
    return;
  }
  end_ = kCloseTimeout;
  reset(ResetReason::timed_out);
}

/// While neither a grace period nor the close has begun: those have their own patience.
void Relay::watch(const Direction& direction) {
  if (patience_.armed()) return;
  const bool worth_it = direction.waits() || direction.held() > context_.budget.share();
  if (worth_it) patience_.arm(context_.settings.stall_limit / kLooks);
}

void Relay::look_at_both() {
  for (Direction* direction : {&to_target_, &to_client_}) {
    direction->look();
    if (direction->still_looks() < kLooks || direction->held() <= context_.budget.share()) continue;
    if (!context_.budget.exceeded()) continue;
    end_ = kOverBudget;
    return reset(ResetReason::overloaded);
  }
  watch(to_target_);
  watch(to_client_);
}

void Relay::end_if_done() {
  if (!closing_ && !both_closed() && to_target_.ended() && to_client_.ended()) close_both();
  if (!closing_ && to_target_.ended() != to_client_.ended() && !std::exchange(half_closed_, true)) {
    limit_silence(silence_limit());
  }
  if (!both_closed()) return;
  expect_nothing();
  owner_.on_relay_end({to_target_.bytes(), to_client_.bytes(), end_.empty() ? kClosed : end_, end_ == kOverBudget});
}

}  // namespace konduit::relay
