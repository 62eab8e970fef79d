#include "transport-grpc/agents_backend.hpp"

#include <utility>

#include "http2/grpc.hpp"
#include "transport-grpc/agents_part.hpp"

namespace konduit::transport_grpc {
namespace {

constexpr std::string_view kNotReady = "no connection to any proxy agent";

std::shared_ptr<void> make_set(Host& host) { return std::make_shared<AgentSet>(host); }

ListenSettings listen_settings(const config::Node& liveness) {
  ListenSettings settings;
  settings.alpn = {"h2"};
  settings.require_alpn = true;
  settings.liveness = Liveness::from(liveness);
  return settings;
}

}  // namespace

AgentsBackend::AgentsBackend(const config::Node& node, Host& host) : node_(node), host_(host) {
  const bool verified = !node["listen"]["tls"]["client_ca"].is_null() || !node["authenticator"].is_null();
  if (!verified && !node["allow_unauthenticated"].boolean()) {
    host.report(node["listen"],
                "anybody could connect as an agent: give listen.tls.client_ca or an authenticator, or say "
                "allow_unauthenticated: true");
  }
  if (node["selectors"].items().empty()) host.report(node["selectors"], "at least one selector must be named");
  if (!http2::valid_metadata(node["server_id"].text())) {
    host.report(node["server_id"], "must be printable ASCII, since it is sent as gRPC metadata");
  }
}

awaitable<void> AgentsBackend::prepare() {
  agents_ = std::static_pointer_cast<AgentSet>(host_.retained("agents", &make_set));
  server_id_ = node_["server_id"].text();
  if (server_id_.empty()) server_id_ = agents_->own_name();
  listener_ = host_.listen(node_["listen"], listen_settings(node_["liveness"]));
  host_.add_readiness("agents", [this] { return health(); });
  host_.log().info("agents will see this server", {{"server_id", server_id_}});
  co_return;
}

HealthState AgentsBackend::health() {
  if (control_part_ == nullptr || !control_part_->has_agents()) return {false, kNotReady, {}};
  return {true, {}, std::to_string(control_part_->agents()) + " connected"};
}

std::unique_ptr<BackendPart> AgentsBackend::attach(Attachment& attachment) {
  return std::make_unique<AgentsPart>(*this, attachment);
}

}  // namespace konduit::transport_grpc
