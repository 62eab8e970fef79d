#include "transport-grpc/answering_end.hpp"

#include <utility>

#include "transport-grpc/dial_words.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {
namespace {

using DialAnswer = DialResult<std::unique_ptr<Tunnel>>;

}  // namespace

struct AnsweringEnd::Pending {
  AnsweringEnd* end;  // null when nobody waits for the answer any more
  std::int64_t random;
  std::int64_t credit;  // what the peer takes on the tunnel at once
  TaskGroup::Handle task;

  void abandon() {
    end = nullptr;
    task.cancel();
  }
};

AnsweringEnd::AnsweringEnd(PacketStream& packets, Dialer& dialer, TaskGroup& tasks, ConnectIds& ids,
                           const Settings& settings, bool gated, std::shared_ptr<const TunnelContext> context,
                           Handler& handler)
    : packets_(packets),
      dialer_(dialer),
      tasks_(tasks),
      ids_(ids),
      settings_(settings),
      gated_(gated),
      context_(std::move(context)),
      handler_(handler) {
  packets_.agree(context_->features);
}

AnsweringEnd::~AnsweringEnd() { lose(StreamErrc::reset); }

void AnsweringEnd::agree(std::shared_ptr<const TunnelContext> context) {
  context_ = std::move(context);
  packets_.agree(context_->features);
}

void AnsweringEnd::on_packet(const ::Packet& packet) {
  switch (packet.type()) {
    case ::DIAL_REQ: return begin(packet.dialrequest());
    case ::DIAL_CLS: return cancel(packet.closedial().random());
    case ::CLOSE_REQ: return close_requested(packet.closerequest().connectid());
    case ::HALF_CLOSE: return half_closed(packet.halfclose().connectid());
    case ::RESET: return reset_by_peer(packet.reset());
    default: return;  // what a stock peer does not know it ignores
  }
}

void AnsweringEnd::begin(const ::DialRequest& request) {
  const std::int64_t random = request.random();
  if (pending_.contains(random)) return;  // the first of that name will be answered
  ++dials_;
  if (request.protocol() != "tcp") return refuse(random, "only protocol \"tcp\" can be dialled");
  auto target = Target::parse(request.address());
  if (!target)
    return refuse(random, "dial tcp: address " + std::string(shortened(request.address(), 300)) + ": want host:port");
  if (pending_.size() + gates_.size() >= settings_.max_pending || packets_.overfull()) {
    return refuse(random, "too many dials are under way");
  }

  konduit::DialRequest dial;
  dial.target = std::move(*target);
  dial.peer = settings_.peer;
  dial.deadline = packets_.shard().now() + settings_.dial_timeout;
  dial.frontend = settings_.frontend;
  auto pending = std::make_shared<Pending>();
  pending->end = this;
  pending->random = random;
  pending->credit = request.window();
  if (!tasks_.spawn(answer(pending, &dialer_, std::move(dial)), pending->task)) {
    return refuse(random, "the proxy is shutting down");
  }
  pending_.emplace(random, std::move(pending));
}

awaitable<void> AnsweringEnd::answer(std::shared_ptr<Pending> pending, Dialer* dialer, konduit::DialRequest request) {
  if (pending->end == nullptr) co_return;
  DialAnswer result = co_await dialer->dial(std::move(request));
  if (pending->end != nullptr) pending->end->dialled(*pending, std::move(result));
}

void AnsweringEnd::dialled(const Pending& pending, DialAnswer result) {
  pending_.erase(pending.random);
  if (result) return open_tunnel(pending, std::move(*result));
  refuse(pending.random, words_of(result.error()));
}

void AnsweringEnd::refuse(std::int64_t random, std::string_view words) {
  packets_.reply(dial_failure(random, words));
  check_idle();
}

void AnsweringEnd::open_tunnel(const Pending& pending, std::unique_ptr<Tunnel> tunnel) {
  const std::int64_t id = ids_.fetch_add(1, std::memory_order_relaxed) + 1;
  TunnelOwner& owner = *this;
  auto stream = std::make_unique<TunnelStream>(packets_, owner, id, context_, pending.credit);
  tunnels_.add(*stream);
  const std::size_t window = context_->features.credit ? context_->budget.share() : 0;
  packets_.send(dial_success(pending.random, id, static_cast<std::int64_t>(window)));
  if (gated_) {
    stream->hold();
    FirstByteGate::Owner& gate_owner = *this;
    gates_[id].gate = std::make_unique<FirstByteGate>(packets_, gate_owner, id);
  }
  tunnel->splice(std::move(stream));
}

void AnsweringEnd::cancel(std::int64_t random) {
  const auto at = pending_.find(random);
  if (at == pending_.end()) return;
  at->second->abandon();
  pending_.erase(at);
  check_idle();
}

void AnsweringEnd::on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) {
  open_gate(connect_id);
  if (TunnelStream* tunnel = tunnels_.find(connect_id); tunnel != nullptr) return tunnel->deliver(payload, charge);
  payload.clear();
  packets_.consume(charge);
  if (connect_id != 0 && !packets_.ended()) handler_.on_unknown_data(connect_id);
}

void AnsweringEnd::on_window(std::int64_t connect_id, std::int64_t bytes) {
  if (TunnelStream* tunnel = tunnels_.find(connect_id); tunnel != nullptr) tunnel->add_credit(bytes);
}

void AnsweringEnd::half_closed(std::int64_t connect_id) {
  if (!context_->features.half_close) return;
  if (TunnelStream* tunnel = tunnels_.find(connect_id); tunnel != nullptr) tunnel->half_close_by_peer();
}

void AnsweringEnd::reset_by_peer(const ::Reset& reset) {
  if (!context_->features.reset) return;
  TunnelStream* tunnel = tunnels_.find(reset.connectid());
  if (tunnel != nullptr && !tunnel->closed_by_peer()) tunnel->close_by_peer(error_of(reset));
}

void AnsweringEnd::close_requested(std::int64_t connect_id) {
  const bool over = gates_.contains(connect_id) && !tunnels_.has(connect_id);
  open_gate(connect_id);
  if (over) return;  // the CLOSE_RSP that waited behind the gate is the answer
  if (TunnelStream* tunnel = tunnels_.find(connect_id); tunnel != nullptr) {
    if (!tunnel->closed_by_peer()) tunnel->close_by_peer(StreamErrc::end_of_stream);
    return;
  }
  handler_.on_unknown_close(connect_id);
}

void AnsweringEnd::finish(TunnelStream& tunnel, std::string_view error) {
  const std::int64_t id = tunnel.id();
  tunnels_.erase(id);
  if (const auto gated = gates_.find(id); gated != gates_.end()) {
    gated->second.close_error = std::string(error);
    return;
  }
  packets_.send(close_response(id, error));
}

void AnsweringEnd::forget(std::int64_t connect_id, const ::Packet& farewell) {
  tunnels_.erase(connect_id);
  packets_.send(farewell);
}

void AnsweringEnd::close_tunnel(TunnelStream& tunnel) {
  finish(tunnel, {});
  tunnel.confirm_close();
  check_idle();
}

void AnsweringEnd::abort_tunnel(TunnelStream& tunnel, ResetReason reason) {
  const bool told_by_peer = tunnel.closed_by_peer();
  if (context_->features.reset && !told_by_peer) {
    forget(tunnel.id(), transport_grpc::reset(tunnel.id(), reason));
  } else {
    finish(tunnel, told_by_peer ? std::string_view{} : to_string(reason));
  }
  tunnel.detach();
  check_idle();
}

void AnsweringEnd::ping(std::int64_t id) { handler_.ping(id); }

void AnsweringEnd::answer_taken(std::int64_t id) {
  if (const auto gated = gates_.find(id); gated != gates_.end()) gated->second.gate->answer_taken();
}

void AnsweringEnd::open_gate(std::int64_t connect_id) {
  if (gates_.contains(connect_id)) on_gate_open(connect_id);
}

void AnsweringEnd::on_gate_open(std::int64_t id) {
  auto gated = gates_.extract(id);
  if (gated.empty()) return;
  handler_.forget_ping(id);
  if (gated.mapped().close_error) {
    packets_.send(close_response(id, *gated.mapped().close_error));
    return check_idle();
  }
  if (TunnelStream* tunnel = tunnels_.find(id); tunnel != nullptr) tunnel->release();
}

void AnsweringEnd::drop_gates() {
  for (const auto& [id, gated] : gates_) handler_.forget_ping(id);
  gates_.clear();
}

void AnsweringEnd::close_all(std::string_view error) {
  drop_gates();
  for (TunnelStream* tunnel : tunnels_.all()) {
    finish(*tunnel, error);
    tunnel->lose(StreamErrc::reset);
  }
}

void AnsweringEnd::lose(error_code why) {
  for (auto pending = std::exchange(pending_, {}); auto& [random, dial] : pending) {
    dial->abandon();
  }
  drop_gates();
  tunnels_.lose_all(why);
}

void AnsweringEnd::check_idle() {
  if (idle() && !packets_.ended()) handler_.on_idle();
}

}  // namespace konduit::transport_grpc
