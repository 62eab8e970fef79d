#include "transport-grpc/agents_part.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "transport-grpc/agents_backend.hpp"
#include "transport-grpc/dial_words.hpp"

namespace konduit::transport_grpc {
namespace {

/// Agents that come or go within this are counted together.
constexpr Duration kCountAgain = std::chrono::milliseconds(100);
/// A dial asks no more agents than these that turn out to be full: among thousands it would hold up the shard.
constexpr std::size_t kFullAgents = 64;
/// Nor more than these that say that they have no room: each takes a round trip, and all of them may have met the same
/// want.
constexpr std::size_t kAgentsWithoutRoom = 8;
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
      agents_(backend.agents().on(shard_)),
      listener_(backend.listener()),
      dial_timeout_(backend.node()["dial_timeout"].duration()),
      tunnels_per_agent_(static_cast<std::uint32_t>(backend.node()["tunnels_per_agent"].integer())),
      refresh_(shard_.deadlines(), *this),
      tasks_(shard_),
      service_(agents_->make_service(backend.server_id(), backend.node()["server_count"].text(),
                                     backend.node()["keepalive"].duration(), *this)),
      succeeded_(backend.host().metrics().counter(kDials, kDialsHelp, {{"result", "success"}})) {
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
  agents_->enter(*this);
  if (shard_.index() == 0) backend_.set_control_part(this);
}

AgentsPart::~AgentsPart() {
  if (!stopped_) agents_->leave(*this);
  service_->admission = nullptr;
  if (shard_.index() == 0) backend_.set_control_part(nullptr);
}

awaitable<void> AgentsPart::start() {
  // Behind an older generation all agents are here already.
  if (agents_->has_one_user()) await_agents_until_ = shard_.now() + backend_.node()["await_agents"].duration();
  listener_.start(shard_, *this);
  if (registrar_ != nullptr) registrar_->announce(backend_.server_id());
  co_return;
}

awaitable<void> AgentsPart::drain(TimePoint deadline) {
  listener_.stop(shard_);
  if (agents_->has_one_user()) co_await agents_->idle(deadline);
}

awaitable<void> AgentsPart::stop() {
  if (std::exchange(stopped_, true)) co_return;
  listener_.stop(shard_);
  refresh_.disarm();
  tasks_.cancel();
  co_await tasks_.join();
  service_->admission = nullptr;
  // Another generation may come, and go without closing, while this one waits.
  while (agents_->has_one_user() && !agents_->closed()) co_await agents_->close();
  agents_->leave(*this);
}

void AgentsPart::on_connection(Connection connection) { agents_->accept(service_, std::move(connection)); }

void AgentsPart::agent_greeted(AgentSession& session, const Peer& peer) {
  if (authenticator_ == nullptr) return session.admit({peer.identity, peer.claims});
  if (!tasks_.spawn(authenticate(this, session.sequence(), peer, session.take_token()))) {
    session.refuse({http2::GrpcStatus::unavailable, "the server is shutting down"});
  }
}

awaitable<void> AgentsPart::authenticate(AgentsPart* part, std::uint64_t sequence, Peer peer, std::string token) {
  Credentials credentials;
  credentials.peer = &peer;
  credentials.token = token;
  auto identity = co_await identify(*part->authenticator_, credentials, part->log_);
  AgentSession* session = part->agents_->session(sequence);
  if (session == nullptr) co_return;  // it went away, or took too long
  if (identity) {
    session->admit(std::move(*identity));
  } else {
    session->refuse(status_of(identity.error()));
  }
}

void AgentsPart::agents_changed() {
  if (!refresh_.armed()) refresh_.arm(kCountAgain);
}

void AgentsPart::refresh() {
  AgentRegistry& registry = backend_.agents().registry();
  const std::uint64_t version = registry.version();
  if (version == built_version_ && choices_.front().index != nullptr) return;
  const AgentRegistry::Snapshot agents = registry.snapshot();
  for (Choice& choice : choices_) {
    choice.index = choice.selector->build(*agents);
    if (choice.size != nullptr) choice.size->set(static_cast<std::int64_t>(choice.index->size()));
  }
  built_version_ = version;
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

awaitable<AgentPtr> AgentsPart::pick_newcomer(const DialRequest& request, TimePoint deadline) {
  const TimePoint patience = std::min(deadline, await_agents_until_);
  while (shard_.now() < patience) {
    const error_code none_came = co_await agents_->arrival(patience);
    if (none_came) break;
    if (AgentPtr agent = pick(request, {})) co_return agent;
  }
  co_return nullptr;
}

awaitable<DialResult<StreamPtr>> AgentsPart::dial(const DialRequest& request) {
  const TimePoint deadline = std::min(request.deadline, shard_.now() + dial_timeout_);
  std::vector<AgentPtr> tried;  // in vain
  std::size_t full_ones = 0;
  std::size_t without_room = 0;
  DialResult<StreamPtr> result = DialError{};
  for (;;) {
    AgentPtr agent = pick(request, tried);
    if (!agent && tried.empty()) {
      agent = co_await pick_newcomer(request, deadline);
      if (!agent) result = found_none();
    }
    if (!agent) break;
    if (agent->tunnels.load(std::memory_order_relaxed) >= tunnels_per_agent_) {
      result = full();
      if (++full_ones == kFullAgents) break;
    } else {
      result = co_await agents_->dial(agent, request.target, deadline);
      // Nothing of the client's has been sent yet, so what an agent took with it or has no room for may be asked of
      // another.
      const bool no_room = !result && result.error().code == DialErrc::overloaded;
      const bool another = no_room || (!result && result.error().code == DialErrc::peer_gone);
      if (!another || shard_.now() >= deadline) break;
      if (no_room && ++without_room == kAgentsWithoutRoom) break;
      log_.debug("an agent could not take a dial, another is tried",
                 {{"agent", agent->id}, {"reason", result.error().text}});
    }
    tried.push_back(std::move(agent));
  }
  count(result);
  co_return result;
}

DialError AgentsPart::found_none() {
  agents_->found_none();
  return {DialErrc::no_route, true, std::string(kNoAgent)};
}

void AgentsPart::count(const DialResult<StreamPtr>& result) {
  if (result) return succeeded_.add();
  const auto code = static_cast<std::size_t>(result.error().code);
  if (code < failed_.size() && failed_[code] != nullptr) failed_[code]->add();
}

}  // namespace konduit::transport_grpc
