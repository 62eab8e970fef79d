#include "transport-grpc/agents_part.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "transport-grpc/agents_backend.hpp"
#include "transport-grpc/dial_words.hpp"

namespace konduit::transport_grpc {
namespace {

/// How long the last frames may take to leave when everything ends.
constexpr Duration kLastWords = std::chrono::seconds(1);
/// Agents that come or go within this are counted together.
constexpr Duration kCountAgain = std::chrono::milliseconds(100);
/// A dial asks no more agents than these that turn out to be full: among thousands it would hold up the shard.
constexpr std::size_t kFullAgents = 64;
constexpr std::string_view kDials = "konduit_agent_dials_total";
constexpr std::string_view kDialsHelp = "Dials through agents by how they ended.";

DialError full() {
  return {DialErrc::overloaded, true, "the agents that could serve carry tunnels_per_agent tunnels already"};
}

}  // namespace

AgentsPart::AgentsPart(AgentsBackend& backend, Attachment& attachment)
    : shard_(attachment.shard()),
      backend_(backend),
      log_(backend.host().log()),
      registry_(backend.registry()),
      listener_(backend.listener()),
      dial_timeout_(backend.node()["dial_timeout"].duration()),
      tunnels_per_agent_(static_cast<std::uint32_t>(backend.node()["tunnels_per_agent"].integer())),
      refresh_(shard_.deadlines(), *this),
      tasks_(shard_),
      counters_(backend.host().metrics()),
      offenders_(backend.host()),
      dials_(backend.host().metrics()),
      service_{shard_,
               counters_,
               backend.server_id(),
               backend.node()["server_count"].text(),
               backend.node()["keepalive"].duration(),
               backend.host().budget(),
               offenders_,
               dials_},
      connected_(backend.host().metrics().gauge("konduit_agents_connected", "Agents that are connected and admitted.")),
      succeeded_(backend.host().metrics().counter(kDials, kDialsHelp, {{"result", "success"}})),
      retired_(shard_),
      retired_bridges_(shard_),
      idle_(shard_),
      empty_(shard_) {
  const config::Node& node = backend.node();
  if (node["authenticator"]) authenticator_ = &attachment.part<AuthenticatorPart>(node["authenticator"]);
  if (node["registrar"] && shard_.index() == 0) registrar_ = &attachment.part<RegistrarPart>(node["registrar"]);
  for (const config::Node& reference : node["selectors"].items()) {
    Gauge* size = nullptr;
    if (shard_.index() == 0) {
      size =
          &backend.host().metrics().gauge("konduit_agents_pickable", "Agents that a selector could pick for some dial.",
                                          {{"selector", reference.text()}});
    }
    choices_.push_back({&attachment.part<SelectorPart>(reference), nullptr, size});
  }
  for (std::size_t code = 1; code < failed_.size(); ++code) {
    failed_[code] =
        &backend.host().metrics().counter(kDials, kDialsHelp, {{"result", to_string(static_cast<DialErrc>(code))}});
  }
  idle_.set();
  registry_->set_part(shard_.index(), this);
  if (shard_.index() == 0) backend_.set_control_part(this);
}

AgentsPart::~AgentsPart() {
  registry_->set_part(shard_.index(), nullptr);
  if (shard_.index() == 0) backend_.set_control_part(nullptr);
}

awaitable<void> AgentsPart::start() {
  listener_.start(shard_, *this);
  if (registrar_ != nullptr) registrar_->announce(backend_.server_id());
  co_return;
}

awaitable<void> AgentsPart::drain(TimePoint deadline) {
  listener_.stop(shard_);
  co_await idle_.wait(deadline);
}

awaitable<void> AgentsPart::stop() {
  listener_.stop(shard_);
  refresh_.disarm();
  tasks_.close();
  for (const auto& [key, connection] : connections_) connection->close();
  if (!connections_.empty()) co_await empty_.wait(shard_.now() + kLastWords);
  connections_.clear();
  bridges_.clear();
  tasks_.cancel();
  co_await tasks_.join();
}

void AgentsPart::on_connection(Connection connection) {
  AgentConnection::Owner& owner = *this;
  auto accepted = std::make_unique<AgentConnection>(service_, std::move(connection), owner);
  AgentConnection* key = accepted.get();
  connections_.emplace(key, std::move(accepted));
  empty_.clear();
}

void AgentsPart::connection_closed(AgentConnection& connection, error_code reason, std::string_view text) {
  const auto at = connections_.find(&connection);
  if (at == connections_.end()) return;
  log_.debug("an agent's connection ended",
             {{"peer", connection.peer().address}, {"reason", reason.message()}, {"text", text}});
  retired_.take(std::move(at->second));
  connections_.erase(at);
  if (connections_.empty()) empty_.set();
}

void AgentsPart::agent_greeted(AgentSession& session, const Peer& peer) {
  sessions_.emplace(session.sequence(), &session);
  if (authenticator_ == nullptr) return session.admit({peer.identity, peer.claims});
  if (!tasks_.spawn(authenticate(this, session.sequence(), peer, session.greeting().token))) {
    session.refuse({http2::GrpcStatus::unavailable, "the server is shutting down"});
  }
}

awaitable<void> AgentsPart::authenticate(AgentsPart* part, std::uint64_t sequence, Peer peer, std::string token) {
  Credentials credentials;
  credentials.peer = &peer;
  credentials.token = token;
  auto identity = co_await part->authenticator_->authenticate(credentials);
  const auto at = part->sessions_.find(sequence);
  if (at == part->sessions_.end()) co_return;  // it went away, or took too long
  if (identity) {
    at->second->admit(std::move(*identity));
  } else {
    at->second->refuse(status_of(identity.error()));
  }
}

void AgentsPart::agent_connected(AgentSession&, const AgentPtr& agent) {
  registry_->add(agent);
  tell_control_part();
  connected_.add(1);
  log_.info("an agent connected", {{"agent", agent->id},
                                   {"peer", agent->peer.address},
                                   {"identity", agent->peer.identity},
                                   {"identifiers", shortened(encode_identifiers(agent->identifiers), 1024)}});
}

void AgentsPart::agent_refused(AgentSession& session, const http2::GrpcEnd& why) {
  const auto left_out = refusals_.pass(shard_.now());
  if (!left_out) return;
  if (*left_out > 0) log_.warning("more agents were refused, which is not told of each", {{"count", *left_out}});
  log_.warning(
      "an agent was refused",
      {{"agent", session.greeting().agent_id}, {"status", http2::to_string(why.status)}, {"reason", why.message}});
}

void AgentsPart::agent_draining(const Agent& agent) {
  log_.info("an agent is draining and gets new dials only when no other can serve them", {{"agent", agent.id}});
}

void AgentsPart::agent_gone(AgentSession&, const AgentPtr& agent) {
  registry_->remove(*agent);
  tell_control_part();
  connected_.add(-1);
  log_.info("an agent has gone", {{"agent", agent->id}, {"peer", agent->peer.address}});
}

void AgentsPart::session_ended(AgentSession& session) { sessions_.erase(session.sequence()); }

void AgentsPart::load_changed(std::int64_t difference) {
  load_ += difference;
  if (load_ == 0) {
    idle_.set();
  } else {
    idle_.clear();
  }
}

void AgentsPart::refresh() {
  const std::uint64_t version = registry_->version();
  if (version == built_version_ && choices_.front().index != nullptr) return;
  const AgentRegistry::Snapshot agents = registry_->snapshot();
  for (Choice& choice : choices_) {
    choice.index = choice.selector->build(*agents);
    if (choice.size != nullptr) choice.size->set(static_cast<std::int64_t>(choice.index->size()));
  }
  built_version_ = version;
}

void AgentsPart::tell_control_part() {
  registry_->visit(0, registry_, [](AgentsPart* part) {
    if (part != nullptr && !part->refresh_.armed()) part->refresh_.arm(kCountAgain);
  });
}

bool AgentsPart::has_agents() {
  refresh();
  return choices_.front().index->has_agents();
}

std::size_t AgentsPart::agents() {
  refresh();
  return choices_.front().index->size();
}

AgentPtr AgentsPart::pick(const DialRequest& request, const std::vector<AgentPtr>& tried) {
  refresh();
  for (const Choice& choice : choices_) {
    if (AgentPtr agent = choice.index->pick(request, tried)) return agent;
  }
  return nullptr;
}

awaitable<DialResult<StreamPtr>> AgentsPart::dial(const DialRequest& request) {
  const TimePoint deadline = std::min(request.deadline, shard_.now() + dial_timeout_);
  std::vector<AgentPtr> tried;
  std::size_t full_ones = 0;
  DialResult<StreamPtr> result = DialError{DialErrc::no_route, true, std::string(kNoAgent)};
  while (AgentPtr agent = pick(request, tried)) {
    tried.push_back(agent);
    if (agent->tunnels.load(std::memory_order_relaxed) >= tunnels_per_agent_) {
      result = full();
      if (++full_ones == kFullAgents) break;
      continue;
    }
    result = co_await dial_over(agent, request.target, deadline);
    // Nothing of the client's has been sent yet, so what an agent took with it or has no room for may be asked of
    // another.
    const bool another =
        !result && (result.error().code == DialErrc::peer_gone || result.error().code == DialErrc::overloaded);
    if (!another || shard_.now() >= deadline) break;
    log_.debug("an agent could not take a dial, another is tried",
               {{"agent", agent->id}, {"reason", result.error().text}});
  }
  if (tried.empty()) dials_.failed(DialFailure::no_agent);
  count(result);
  co_return result;
}

void AgentsPart::count(const DialResult<StreamPtr>& result) {
  if (result) return succeeded_.add();
  const auto code = static_cast<std::size_t>(result.error().code);
  if (code < failed_.size() && failed_[code] != nullptr) failed_[code]->add();
}

}  // namespace konduit::transport_grpc
