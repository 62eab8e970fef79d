#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>

#include "konduit/stream_pair.hpp"
#include "transport-grpc/connected_agents.hpp"

// Dials over agents of this shard and of others.
namespace konduit::transport_grpc {
namespace {

DialError agent_lost() { return {DialErrc::peer_gone, true, "the agent's connection was lost"}; }

awaitable<DialResult<StreamPtr>> lost_already() { co_return agent_lost(); }

}  // namespace

awaitable<DialResult<StreamPtr>> ConnectedAgents::dial(AgentPtr agent, Target target, TimePoint deadline) {
  if (agent->shard == shard_.index()) return dial_here(std::move(agent), std::move(target), deadline);
  return dial_there(std::move(agent), std::move(target), deadline);
}

awaitable<DialResult<StreamPtr>> ConnectedAgents::dial_here(AgentPtr agent, Target target, TimePoint deadline) {
  AgentSession* found = session(agent->sequence);
  return found == nullptr ? lost_already() : found->dial(std::move(target), deadline);
}

awaitable<DialResult<StreamPtr>> ConnectedAgents::dial_quietly(AgentPtr agent, Target target, TimePoint deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_return co_await dial_here(std::move(agent), std::move(target), deadline);
}

awaitable<DialResult<StreamPtr>> ConnectedAgents::dial_there(AgentPtr agent, Target target, TimePoint deadline) {
  auto dial = std::make_shared<RemoteDial>(shard_);
  const unsigned there = agent->shard;
  registry_->visit(there, registry_, [dial, agent, target, deadline](ConnectedAgents* agents) mutable {
    if (agents == nullptr) return RemoteDial::answer(std::move(dial), agent_lost());
    agents->dial_for(std::move(dial), std::move(agent), std::move(target), deadline);
  });
  const error_code waited = co_await dial->answered.wait(deadline);
  if (dial->result && waited != asio::error::operation_aborted) co_return std::move(*dial->result);
  dial->result.reset();
  dial->abandoned = true;
  registry_->visit(there, registry_, [dial](ConnectedAgents*) {
    dial->cancelled = true;
    dial->cancel.emit(asio::cancellation_type::terminal);
  });
  if (waited == asio::error::operation_aborted) {
    co_return DialError{DialErrc::cancelled, false, "the dial was cancelled"};
  }
  co_return DialError{DialErrc::timeout, true, "the agent did not answer the dial to " + target.text() + " in time"};
}

void ConnectedAgents::dial_for(std::shared_ptr<RemoteDial> dial, AgentPtr agent, Target target, TimePoint deadline) {
  if (!tasks_->spawn(answer(this, dial, std::move(agent), std::move(target), deadline))) {
    RemoteDial::answer(std::move(dial), agent_lost());
  }
}

awaitable<void> ConnectedAgents::answer(ConnectedAgents* self, std::shared_ptr<RemoteDial> dial, AgentPtr agent,
                                        Target target, TimePoint deadline) {
  if (dial->cancelled) co_return;
  const std::uint64_t sequence = agent->sequence;
  auto result = co_await asio::co_spawn(
      self->shard_.get_executor(), self->dial_quietly(std::move(agent), std::move(target), deadline),
      asio::bind_cancellation_slot(dial->cancel.slot(), asio::use_awaitable_t<executor>{}));
  if (dial->cancelled) co_return;
  const AgentSession* found = self->session(sequence);
  const bool half_close = found != nullptr && found->features().half_close;
  Shard& home = dial->home;
  RemoteDial::answer(std::move(dial), self->send_home(home, half_close, std::move(result)));
}

DialResult<StreamPtr> ConnectedAgents::send_home(Shard& home, bool half_close, DialResult<StreamPtr> result) {
  if (!result || tasks_->closed()) return result ? DialResult<StreamPtr>(agent_lost()) : std::move(result);
  std::string remote((*result)->remote());
  StreamPair pair = make_stream_pair(shard_, home);
  StreamBridge::Owner& owner = *this;
  auto bridge = std::make_unique<StreamBridge>(shard_, std::move(*result), std::move(pair.first), owner);
  StreamBridge* key = bridge.get();
  bridges_.emplace(key, std::move(bridge));
  key->start();
  return far_end(std::move(pair.second), half_close, std::move(remote));
}

void ConnectedAgents::bridge_ended(StreamBridge& bridge) {
  const auto at = bridges_.find(&bridge);
  if (at == bridges_.end()) return;
  retired_bridges_.take(std::move(at->second));
  bridges_.erase(at);
}

}  // namespace konduit::transport_grpc
