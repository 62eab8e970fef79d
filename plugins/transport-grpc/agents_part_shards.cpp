#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

#include "konduit/stream_pair.hpp"
#include "transport-grpc/agents_part.hpp"

// The part's dials over agents of its own and of other shards.
namespace konduit::transport_grpc {
namespace {

DialError agent_lost() { return {DialErrc::peer_gone, true, "the agent's connection was lost"}; }

}  // namespace

awaitable<DialResult<StreamPtr>> AgentsPart::dial_over(AgentPtr agent, Target target, TimePoint deadline) {
  if (agent->shard == shard_.index()) return dial_here(std::move(agent), std::move(target), deadline);
  return dial_there(std::move(agent), std::move(target), deadline);
}

awaitable<DialResult<StreamPtr>> AgentsPart::dial_here(AgentPtr agent, Target target, TimePoint deadline) {
  const auto at = sessions_.find(agent->sequence);
  if (at == sessions_.end()) co_return agent_lost();
  co_return co_await at->second->dial(std::move(target), deadline);
}

awaitable<DialResult<StreamPtr>> AgentsPart::dial_quietly(AgentPtr agent, Target target, TimePoint deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_return co_await dial_here(std::move(agent), std::move(target), deadline);
}

awaitable<DialResult<StreamPtr>> AgentsPart::dial_there(AgentPtr agent, Target target, TimePoint deadline) {
  auto dial = std::make_shared<RemoteDial>(shard_);
  const unsigned there = agent->shard;
  registry_->visit(there, registry_, [dial, agent, target, deadline](AgentsPart* part) mutable {
    if (part == nullptr) return RemoteDial::answer(std::move(dial), agent_lost());
    part->dial_for(std::move(dial), std::move(agent), std::move(target), deadline);
  });
  const error_code waited = co_await dial->answered.wait(deadline);
  if (dial->result && waited != asio::error::operation_aborted) co_return std::move(*dial->result);
  dial->result.reset();
  dial->abandoned = true;
  registry_->visit(there, registry_, [dial](AgentsPart*) {
    dial->cancelled = true;
    dial->cancel.emit(asio::cancellation_type::terminal);
  });
  if (waited == asio::error::operation_aborted) {
    co_return DialError{DialErrc::cancelled, false, "the dial was cancelled"};
  }
  co_return DialError{DialErrc::timeout, true, "the agent did not answer the dial to " + target.text() + " in time"};
}

void AgentsPart::dial_for(std::shared_ptr<RemoteDial> dial, AgentPtr agent, Target target, TimePoint deadline) {
  if (!tasks_.spawn(answer(this, dial, std::move(agent), std::move(target), deadline))) {
    RemoteDial::answer(std::move(dial), agent_lost());
  }
}

awaitable<void> AgentsPart::answer(AgentsPart* part, std::shared_ptr<RemoteDial> dial, AgentPtr agent, Target target,
                                   TimePoint deadline) {
  if (dial->cancelled) co_return;
  const std::uint64_t sequence = agent->sequence;
  auto result = co_await asio::co_spawn(
      part->shard_.get_executor(), part->dial_quietly(std::move(agent), std::move(target), deadline),
      asio::bind_cancellation_slot(dial->cancel.slot(), asio::use_awaitable_t<executor>{}));
  if (dial->cancelled) co_return;
  const auto session = part->sessions_.find(sequence);
  const bool half_close = session != part->sessions_.end() && session->second->features().half_close;
  Shard& home = dial->home;
  RemoteDial::answer(std::move(dial), part->send_home(home, half_close, std::move(result)));
}

DialResult<StreamPtr> AgentsPart::send_home(Shard& home, bool half_close, DialResult<StreamPtr> result) {
  if (!result || tasks_.closed()) return result ? DialResult<StreamPtr>(agent_lost()) : std::move(result);
  StreamPair pair = make_stream_pair(shard_, home);
  StreamBridge::Owner& owner = *this;
  auto bridge = std::make_unique<StreamBridge>(shard_, std::move(*result), std::move(pair.first), owner);
  StreamBridge* key = bridge.get();
  bridges_.emplace(key, std::move(bridge));
  key->start();
  return far_end(std::move(pair.second), half_close);
}

void AgentsPart::bridge_ended(StreamBridge& bridge) {
  const auto at = bridges_.find(&bridge);
  if (at == bridges_.end()) return;
  retired_bridges_.take(std::move(at->second));
  bridges_.erase(at);
}

}  // namespace konduit::transport_grpc
