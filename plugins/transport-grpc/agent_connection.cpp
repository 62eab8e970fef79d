#include "transport-grpc/agent_connection.hpp"

#include <utility>

#include "transport-grpc/calls.hpp"
#include "transport-grpc/dial_words.hpp"

namespace konduit::transport_grpc {
namespace {

http2::Settings settings(const std::shared_ptr<http2::SessionMemory>& memory) {
  http2::Settings settings;
  settings.memory = memory;
  // All tunnels of the agent share one stream.
  settings.stream_window = 4 * 1024 * 1024;
  settings.connection_window = 16 * 1024 * 1024;
  settings.high_water = AgentConnection::kWater.high;
  settings.low_water = AgentConnection::kWater.low;
  settings.limits.streams = AgentConnection::kStreams;
  return settings;
}

}  // namespace

AgentConnection::AgentConnection(std::shared_ptr<AgentService> service, Connection connection, Owner& owner)
    : service_(std::move(service)),
      owner_(owner),
      peer_(std::move(connection.peer)),
      http2_(service_->shard, std::move(connection.stream), http2::Role::server, settings(service_->memory), *this),
      keep_alive_(http2_, service_->keep_alive),
      retired_(service_->shard),
      idle_(service_->shard.deadlines(), *this) {
  await_agent();
}

void AgentConnection::await_agent() {
  overdue_ = false;
  idle_.arm(kIdle);
  owner_.agent_awaited(*this);
}

http2::StreamHandler* AgentConnection::on_stream(http2::StreamId id, const http2::Headers& headers, bool end) {
  if (const auto refusal = kConnect.refuse(headers)) {
    http2_.respond(id, *refusal, true);
    count_futile_call();
    return nullptr;
  }
  auto greeting = read_greeting(headers);
  if (!greeting) {
    owner_.agent_refused(shortened(headers.get("agentid"), kLongestAgentId), peer_, greeting.error());
  }
  if (!greeting || end) {
    const http2::GrpcEnd ended{};
    http2_.respond(id, http2::grpc_trailers_only(greeting ? ended : greeting.error()), true);
    count_futile_call();
    return nullptr;
  }
  auto made = std::make_unique<AgentSession>(*this, id, std::move(*greeting), owner_.next_sequence());
  AgentSession& session = *made;
  sessions_.emplace(id, std::move(made));
  owner_.session_began(session);
  if (service_->admission != nullptr) {
    service_->admission->agent_greeted(session, peer_);
  } else {
    session.refuse({http2::GrpcStatus::unavailable, "the server lets agents in on new connections only"});
  }
  return sessions_.contains(id) ? &session.handler() : nullptr;
}

void AgentConnection::on_ping_ack(std::uint64_t opaque) {
  if (opaque != KeepAlive::kOpaque || !keep_alive_.acknowledged()) return;
  for (const auto& [id, session] : sessions_) session->set_round_trip(keep_alive_.round_trip());
}

bool AgentConnection::admitted() {
  ++agents_;
  idle_.disarm();
  owner_.agent_found(*this);
  return std::exchange(had_agent_, true);
}

void AgentConnection::retire(AgentSession& session) {
  const auto at = sessions_.find(session.id());
  if (at == sessions_.end()) return;
  if (!session.stayed()) count_futile_call();
  if (session.admitted() && --agents_ == 0 && !http2_.closed()) await_agent();
  retired_.take(std::move(at->second));
  sessions_.erase(at);
}

void AgentConnection::count_futile_call() {
  if (++futile_calls_ <= kFutileCalls) return;
  http2_.close(http2::ErrorCode::enhance_your_calm, "too many calls were refused, or given up at once");
}

void AgentConnection::on_deadline(Deadline&) {
  if (!sessions_.empty() && !std::exchange(overdue_, true)) return idle_.arm(AgentSession::kAdmission);
  http2_.close(http2::ErrorCode::no_error, "no agent was let in on this connection");
}

void AgentConnection::on_closed(error_code reason, std::string_view text) {
  owner_.connection_closed(*this, reason, text);
}

}  // namespace konduit::transport_grpc
