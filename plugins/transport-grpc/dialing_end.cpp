#include "transport-grpc/dialing_end.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <utility>

#include "konduit/event.hpp"
#include "transport-grpc/dial_words.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

/// Somewhere in the middle of the positive numbers, so that a late answer to an earlier connection matches nothing.
std::int64_t first_random() {
  std::random_device device;
  return static_cast<std::int64_t>(device()) << 20 | static_cast<std::int64_t>(device() & 0xfffff);
}

/// Late answers whose tunnels are closed though the peer does not read.
constexpr std::size_t kLateAnswers = 10'000;

/// `peer`: "agent node-1", "server tcp://...".
DialError lost(const std::string& peer) {
  return {DialErrc::peer_gone, true, "the connection of " + peer + " was lost before it answered"};
}

DialError overloaded(const std::string& peer) {
  return {DialErrc::overloaded, true, peer + " does not take what is sent to it"};
}

}  // namespace

struct DialingEnd::Pending {
  Pending(DialingEnd& owner, Shard& shard, const Target& asked)
      : end(&owner), target(asked), measures(owner.measures_), began(shard.now()), answered(shard) {}
  ~Pending() {
    if (end != nullptr) end->give_up(*this);
  }

  DialingEnd* end;  // null once answered or lost
  const Target& target;
  DialMeasures& measures;
  const TimePoint began;
  std::int64_t random = 0;
  Event answered;
  std::optional<DialResult<StreamPtr>> result;
};

DialingEnd::DialingEnd(PacketStream& packets, std::shared_ptr<const TunnelContext> context, DialMeasures& measures,
                       Handler& handler)
    : packets_(packets),
      context_(std::move(context)),
      measures_(measures),
      handler_(handler),
      last_random_(first_random()) {
  packets_.agree(context_->features);
}

DialingEnd::~DialingEnd() { lose(StreamErrc::reset); }

void DialingEnd::agree(std::shared_ptr<const TunnelContext> context) {
  context_ = std::move(context);
  packets_.agree(context_->features);
}

awaitable<DialResult<StreamPtr>> DialingEnd::dial(DialingEnd* end, Target target, TimePoint deadline) {
  if (end->packets_.ended()) co_return lost(end->context_->remote);
  if (end->packets_.overfull()) co_return overloaded(end->context_->remote);
  Pending pending(*end, end->packets_.shard(), target);
  end->begin(pending);
  const error_code waited = co_await pending.answered.wait(deadline);
  const bool cancelled = waited == asio::error::operation_aborted;
  if (pending.result && !cancelled) co_return std::move(*pending.result);
  // The end may be gone; what counts dials is not.
  pending.measures.failed(cancelled ? DialFailure::frontend_close : DialFailure::backend_dial_timeout);
  if (cancelled) co_return DialError{DialErrc::cancelled, false, "the dial was cancelled"};
  co_return DialError{DialErrc::timeout, true, "the agent did not answer the dial to " + target.text() + " in time"};
}

void DialingEnd::begin(Pending& pending) {
  pending.random = ++last_random_;
  pending_.emplace(pending.random, &pending);
  const std::size_t window = context_->features.credit ? context_->budget.share() : 0;
  packets_.send(dial_request(pending.random, pending.target.text(), static_cast<std::int64_t>(window)));
  load_changed();
}

void DialingEnd::give_up(Pending& pending) {
  pending_.erase(pending.random);
  pending.end = nullptr;
  given_up_ = std::min(given_up_ + 1, kLateAnswers);
  packets_.send(dial_close(pending.random));
  load_changed();
}

void DialingEnd::on_packet(const ::Packet& packet) {
  switch (packet.type()) {
    case ::DIAL_RSP: return answered(packet.dialresponse(), DialFailure::error_response);
    case ::CLOSE_RSP: {
      const ::CloseResponse& close = packet.closeresponse();
      return closed_by_agent(close.connectid(), close.error().empty() ? StreamErrc::end_of_stream : StreamErrc::reset);
    }
    case ::HALF_CLOSE: return half_closed(packet.halfclose().connectid());
    case ::RESET:
      if (!context_->features.reset) return;
      return closed_by_agent(packet.reset().connectid(), error_of(packet.reset()));
    case ::DIAL_CLS: {
      ::DialResponse refusal;
      refusal.set_random(packet.closedial().random());
      refusal.set_error("the agent closed the dial");
      return answered(refusal, DialFailure::backend_close);
    }
    default: return;
  }
}

void DialingEnd::answered(const ::DialResponse& response, DialFailure failure) {
  const auto at = pending_.find(response.random());
  if (at == pending_.end()) return answered_late(response);
  Pending& pending = *at->second;
  pending_.erase(at);
  pending.end = nullptr;
  if (response.error().empty()) {
    measures_.succeeded(packets_.shard().now() - pending.began);
    pending.result.emplace(open_tunnel(response.connectid(), response.window()));
  } else {
    measures_.failed(failure);
    const std::string_view words = shortened(response.error(), 1024);
    const DialErrc code = class_of(words, pending.target.host);
    const bool retryable = code == DialErrc::overloaded || code == DialErrc::no_route;
    pending.result.emplace(DialError{code, retryable, std::string(words)});
  }
  pending.answered.set();
  load_changed();
}

// Given up, or never asked for. Without CLOSE_REQ the agent would keep the connection to the endpoint.
void DialingEnd::answered_late(const ::DialResponse& response) {
  measures_.failed(DialFailure::unrecognized_response);
  const bool expected = given_up_ > 0;
  if (expected) --given_up_;
  const std::int64_t id = response.connectid();
  if (!response.error().empty() || id == 0 || tunnels_.has(id)) return;
  if (expected) {
    packets_.send(close_request(id));  // nobody says it again, so behind whatever waits
  } else {
    packets_.reply(close_request(id));
  }
}

DialResult<StreamPtr> DialingEnd::open_tunnel(std::int64_t connect_id, std::int64_t credit) {
  if (connect_id == 0 || tunnels_.has(connect_id)) {
    return DialError{DialErrc::refused, false,
                     context_->remote + " answered the dial with a connectID that is in use or 0"};
  }
  TunnelOwner& owner = *this;
  auto tunnel = std::make_unique<TunnelStream>(packets_, owner, connect_id, context_, credit);
  tunnels_.add(*tunnel);
  return StreamPtr(std::move(tunnel));
}

void DialingEnd::on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) {
  if (TunnelStream* tunnel = tunnels_.find(connect_id); tunnel != nullptr) return tunnel->deliver(payload, charge);
  payload.clear();
  packets_.consume(charge);
  if (connect_id != 0 && !tunnels_.has(connect_id)) packets_.reply(close_request(connect_id));
}

void DialingEnd::on_window(std::int64_t connect_id, std::int64_t bytes) {
  if (TunnelStream* tunnel = tunnels_.find(connect_id); tunnel != nullptr) tunnel->add_credit(bytes);
}

void DialingEnd::half_closed(std::int64_t connect_id) {
  if (!context_->features.half_close) return;
  if (TunnelStream* tunnel = tunnels_.find(connect_id); tunnel != nullptr) tunnel->half_close_by_peer();
}

void DialingEnd::closed_by_agent(std::int64_t connect_id, error_code end) {
  if (!tunnels_.has(connect_id)) return;
  TunnelStream* tunnel = tunnels_.find(connect_id);
  tunnels_.erase(connect_id);
  if (tunnel != nullptr) {
    tunnel->close_by_peer(end);
    tunnel->detach();
  }
  load_changed();
}

void DialingEnd::finish(TunnelStream& tunnel, const ::Packet& farewell) {
  // The id is the agent's to free: until its CLOSE_RSP it may still send DATA for it.
  tunnels_.keep_id(tunnel.id());
  packets_.send(farewell);
  load_changed();
}

void DialingEnd::close_tunnel(TunnelStream& tunnel) {
  finish(tunnel, close_request(tunnel.id()));
  tunnel.confirm_close();
}

void DialingEnd::abort_tunnel(TunnelStream& tunnel, ResetReason reason) {
  const std::int64_t id = tunnel.id();
  if (context_->features.reset) {
    finish(tunnel, transport_grpc::reset(id, reason));
  } else {
    finish(tunnel, close_request(id));
  }
  tunnel.detach();
}

void DialingEnd::lose(error_code why, std::string_view words) {
  for (auto pending = std::exchange(pending_, {}); const auto& [random, dial] : pending) {
    dial->end = nullptr;
    measures_.failed(DialFailure::backend_close);
    DialError error = lost(context_->remote);
    if (!words.empty()) error.text = words;
    dial->result.emplace(std::move(error));
    dial->answered.set();
  }
  const bool loaded = !tunnels_.empty();
  tunnels_.lose_all(why);
  if (loaded) load_changed();
}

}  // namespace konduit::transport_grpc
