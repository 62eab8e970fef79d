#include "transport-grpc/agent_session.hpp"

#include <utility>

#include "proto/konnectivity.pb.h"
#include "transport-grpc/agent_connection.hpp"
#include "transport-grpc/identifiers.hpp"

namespace konduit::transport_grpc {
namespace {

std::shared_ptr<const TunnelContext> tunnel_context(const AgentService& service, const AgentGreeting& greeting) {
  return std::make_shared<const TunnelContext>(
      TunnelContext{greeting.features, true, "agent " + greeting.agent_id, service.budget, service.offenders});
}

}  // namespace

AgentSession::AgentSession(AgentConnection& connection, http2::StreamId id, AgentGreeting greeting,
                           std::uint64_t sequence)
    : connection_(connection),
      id_(id),
      sequence_(sequence),
      greeting_(std::move(greeting)),
      packets_(connection.http2(), http2::Role::server, AgentConnection::kWater, connection.service().counters, *this),
      end_(packets_, tunnel_context(connection.service(), greeting_), connection.service().dials, *this),
      watch_(packets_, *this),
      admission_(connection.service().shard.deadlines(), *this) {
  packets_.attach(id);
  packets_.limit_control(kUnknownsPacket);
  admission_.arm(kAdmission);
}

AgentSession::~AgentSession() { leave(); }

void AgentSession::admit(Identity identity) {
  auto identifiers = parse_identifiers(greeting_.identifiers);
  if (!identifiers) {
    return refuse({http2::GrpcStatus::invalid_argument,
                   "agentIdentifiers is not a URL query string of 256 identifiers at the most"});
  }
  admission_.disarm();
  admitted_at_ = connection_.service().shard.now();
  came_again_ = connection_.admitted();
  packets_.limit_control(proto::kMaxWhole);
  const AgentService& service = connection_.service();
  http2::Headers answer = http2::grpc_response();
  answer.add("serverid", service.server_id);
  answer.add("servercount", service.server_count);
  if (greeting_.features.any()) answer.add(kFeaturesKey, feature_list(greeting_.features));
  connection_.http2().respond(id_, answer, false);
  if (greeting_.features.any()) connection_.watch_closely();

  greeting_.token.clear();
  greeting_.identifiers = {};
  auto agent = std::make_shared<Agent>();
  agent->id = greeting_.agent_id;
  agent->identifiers = std::move(*identifiers);
  agent->peer = connection_.peer();
  identity.assign_to(agent->peer);
  agent->sequence = sequence_;
  agent->shard = service.shard.index();
  agent_ = std::move(agent);
  connection_.owner().agent_connected(*this, agent_);
}

bool AgentSession::stayed() const noexcept {
  return admitted_at_ && connection_.service().shard.now() - *admitted_at_ >= kStay;
}

void AgentSession::refuse(const http2::GrpcEnd& why) {
  if (packets_.ended()) return;
  connection_.owner().agent_refused(greeting_.agent_id, connection_.peer(), why);
  connection_.http2().set_handler(id_, nullptr);
  connection_.http2().respond(id_, http2::grpc_trailers_only(why), true);
  packets_.abandon();
  leave();
  connection_.retire(*this);
}

void AgentSession::on_deadline(Deadline&) {
  refuse({http2::GrpcStatus::unavailable, "the agent could not be authenticated in time"});
}

void AgentSession::on_packet(const ::Packet& packet) {
  if (agent_ == nullptr) return;
  if (packet.type() == ::DRAIN) {
    agent_->draining.store(true, std::memory_order_relaxed);
    if (!std::exchange(drains_, true)) connection_.owner().agent_draining(*agent_);
    return;
  }
  end_.on_packet(packet);
}

void AgentSession::on_payload(std::int64_t connect_id, BufferQueue& payload, std::size_t charge) {
  if (agent_ != nullptr) return end_.on_payload(connect_id, payload, charge);
  payload.clear();
  packets_.consume(charge);
}

void AgentSession::on_load(std::size_t pending, std::size_t tunnels) {
  if (agent_ == nullptr) return;
  const auto load = static_cast<std::uint32_t>(pending + tunnels);
  if (!greeting_.features.credit) watch_.watch(load > 0);
  const auto before = agent_->tunnels.exchange(load, std::memory_order_relaxed);
  connection_.service().dials.pending(static_cast<std::int64_t>(pending) -
                                      static_cast<std::int64_t>(std::exchange(pending_, pending)));
  connection_.owner().load_changed(static_cast<std::int64_t>(load) - static_cast<std::int64_t>(before));
}

void AgentSession::on_stuck(bool stuck) {
  agent_->draining.store(stuck || drains_, std::memory_order_relaxed);
  connection_.owner().agent_stuck(*agent_, stuck);
}

void AgentSession::on_given_up() {
  connection_.owner().agent_given_up(*agent_);
  connection_.http2().close(http2::ErrorCode::enhance_your_calm, "nothing that is sent to the agent is taken");
}

void AgentSession::on_stream_end(const http2::GrpcEnd&) {
  leave();
  connection_.retire(*this);
}

void AgentSession::leave() {
  if (std::exchange(left_, true)) return;
  admission_.disarm();
  connection_.owner().session_ended(*this);
  // Out of the registry first, so that the dials that fail now are not tried here again.
  if (agent_ != nullptr) connection_.owner().agent_gone(*this, agent_);
  end_.lose(StreamErrc::reset);
  on_load(0, 0);
  watch_.stop();
  agent_.reset();
}

}  // namespace konduit::transport_grpc
