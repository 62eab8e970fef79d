#include "transport-grpc/connected_agents.hpp"

#include <chrono>
#include <utility>

#include "transport-grpc/dial_words.hpp"
#include "transport-grpc/identifiers.hpp"
#include "transport-grpc/last_words.hpp"

namespace konduit::transport_grpc {
namespace {

constexpr std::string_view kRestless = "agents came and went on connections that had one before, not told of each";

}  // namespace

ConnectedAgents::ConnectedAgents(Shard& shard, Host& host, std::shared_ptr<AgentRegistry> registry)
    : shard_(shard),
      host_(host),
      log_(host.log()),
      registry_(std::move(registry)),
      tasks_(std::make_shared<TaskGroup>(shard)),
      counters_(host.metrics()),
      offenders_(host),
      dials_(host.metrics()),
      connected_(host.metrics().gauge("konduit_agents_connected", "Agents that are connected and admitted.")),
      given_up_(host.metrics().counter("konduit_agent_connections_given_up_total",
                                       "Connections without an agent that gave way because there were too many.")),
      retired_(shard),
      retired_bridges_(shard),
      idle_(shard),
      empty_(shard),
      arrived_(shard) {
  idle_.set();
  registry_->set_agents(shard.index(), this);
}

ConnectedAgents::~ConnectedAgents() { registry_->set_agents(shard_.index(), nullptr); }

bool ConnectedAgents::closed() const noexcept { return connections_.empty() && tasks_->closed(); }

std::shared_ptr<AgentService> ConnectedAgents::make_service(std::string server_id, std::string server_count,
                                                            Duration keep_alive, AgentAdmission& admission) {
  return std::make_shared<AgentService>(AgentService{shard_, counters_, std::move(server_id), std::move(server_count),
                                                     keep_alive, host_.budget(), offenders_, dials_, &admission});
}

void ConnectedAgents::accept(std::shared_ptr<AgentService> service, Connection connection) {
  AgentConnection::Owner& owner = *this;
  auto accepted = std::make_unique<AgentConnection>(std::move(service), std::move(connection), owner);
  AgentConnection* key = accepted.get();
  connections_.emplace(key, std::move(accepted));
  empty_.clear();
}

AgentSession* ConnectedAgents::session(std::uint64_t sequence) const noexcept {
  const auto at = sessions_.find(sequence);
  return at == sessions_.end() ? nullptr : at->second;
}

awaitable<error_code> ConnectedAgents::arrival(TimePoint deadline) {
  arrived_.clear();
  co_return co_await arrived_.wait(deadline);
}

awaitable<void> ConnectedAgents::idle(TimePoint deadline) { co_await idle_.wait(deadline); }

void ConnectedAgents::enter(User& user) {
  users_.push_back(&user);
  if (tasks_->closed()) tasks_ = std::make_shared<TaskGroup>(shard_);
}

awaitable<void> ConnectedAgents::close() {
  const auto tasks = tasks_;
  tasks->close();
  for (const auto& [key, connection] : connections_) connection->close();
  if (!connections_.empty()) co_await empty_.wait(shard_.now() + kLastWords);
  // Another generation may have come meanwhile, whose agents stay.
  const auto over = [](AgentConnection& connection) { return connection.http2().closed(); };
  std::erase_if(strangers_, [&](AgentConnection* stranger) { return over(*stranger); });
  std::erase_if(connections_, [&](const auto& held) { return over(*held.second); });
  if (connections_.empty()) bridges_.clear();
  tasks->cancel();
  co_await tasks->join();
}

void ConnectedAgents::connection_closed(AgentConnection& connection, error_code reason, std::string_view text) {
  const auto at = connections_.find(&connection);
  if (at == connections_.end()) return;
  log_.debug("an agent's connection ended",
             {{"peer", connection.peer().address}, {"reason", reason.message()}, {"text", text}});
  std::erase(strangers_, &connection);
  retired_.take(std::move(at->second));
  connections_.erase(at);
  if (connections_.empty()) empty_.set();
}

void ConnectedAgents::agent_awaited(AgentConnection& connection) {
  strangers_.push_back(&connection);
  if (strangers_.size() <= kStrangers) return;
  strangers_.front()->give_way();
  strangers_.pop_front();
  given_up_.add();
}

void ConnectedAgents::agent_found(AgentConnection& connection) { std::erase(strangers_, &connection); }

void ConnectedAgents::session_began(AgentSession& session) { sessions_.emplace(session.sequence(), &session); }

void ConnectedAgents::session_ended(AgentSession& session) { sessions_.erase(session.sequence()); }

void ConnectedAgents::agent_connected(AgentSession& session, const AgentPtr& agent) {
  registry_->add(agent);
  tell_users();
  tell_waiting_dials();
  connected_.add(1);
  if (session.came_again() && !may_tell(restless_, LogLevel::info, kRestless)) return;
  log_.info("an agent connected", {{"agent", agent->id},
                                   {"peer", agent->peer.address},
                                   {"identity", agent->peer.identity},
                                   {"identifiers", shortened(encode_identifiers(agent->identifiers), 1024)}});
}

bool ConnectedAgents::may_tell(LogPace& pace, LogLevel level, std::string_view untold) {
  return pace.pass(shard_.now(), [&](std::uint64_t count) {
    if (log_.enabled(level)) log_.write(level, untold, {{"count", count}});
  });
}

void ConnectedAgents::agent_refused(std::string_view id, const Peer& peer, const http2::GrpcEnd& why) {
  if (!may_tell(refusals_, LogLevel::warning, "more agents were refused, which is not told of each")) return;
  log_.warning(
      "an agent was refused",
      {{"agent", id}, {"peer", peer.address}, {"status", http2::to_string(why.status)}, {"reason", why.message}});
}

void ConnectedAgents::agent_draining(const Agent& agent) {
  log_.info("an agent is draining and gets new dials only when no other can serve them", {{"agent", agent.id}});
}

void ConnectedAgents::agent_stuck(const Agent& agent, bool stuck) {
  if (!stuck) return log_.info("an agent takes again what is sent to it", {{"agent", agent.id}});
  log_.warning("an agent takes nothing that is sent to it and gets new dials only when no other can serve them",
               {{"agent", agent.id}, {"peer", agent.peer.address}});
}

void ConnectedAgents::agent_given_up(const Agent& agent) {
  log_.warning("an agent's connection is closed: it has long taken nothing, and all its tunnels wait",
               {{"agent", agent.id}, {"peer", agent.peer.address}});
}

void ConnectedAgents::agent_gone(AgentSession& session, const AgentPtr& agent) {
  registry_->remove(*agent);
  tell_users();
  connected_.add(-1);
  if (session.came_again() && !may_tell(restless_, LogLevel::info, kRestless)) return;
  log_.info("an agent has gone", {{"agent", agent->id}, {"peer", agent->peer.address}});
}

void ConnectedAgents::load_changed(std::int64_t difference) {
  load_ += difference;
  if (load_ == 0) {
    idle_.set();
  } else {
    idle_.clear();
  }
}

/// On the control shard, where readiness and gauges are: agents may come in thousands.
void ConnectedAgents::tell_users() {
  registry_->visit(0, registry_, [](ConnectedAgents* there) {
    if (there == nullptr) return;
    for (User* user : there->users_) user->agents_changed();
  });
}

void ConnectedAgents::tell_waiting_dials() {
  for (const Shard* shard : host_.shards()) {
    registry_->visit(shard->index(), registry_, [](ConnectedAgents* there) {
      if (there != nullptr) there->arrived_.set();
    });
  }
}

}  // namespace konduit::transport_grpc
