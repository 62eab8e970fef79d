#include "transport-grpc/uplink_frontend.hpp"

#include <utility>

#include "http2/grpc.hpp"
#include "transport-grpc/uplink_part.hpp"
#include "transport-grpc/uuid.hpp"

namespace konduit::transport_grpc {
namespace {

constexpr std::string_view kNotReady = "no servers connected";

std::shared_ptr<void> make_ids(Host&) { return std::make_shared<ConnectIds>(0); }
std::shared_ptr<void> make_name(Host&) { return std::make_shared<std::string>(make_uuid()); }

Identifiers read_identifiers(const config::Node& node) {
  Identifiers identifiers;
  for (const char* key : {"ipv4", "ipv6", "host", "cidr"}) {
    for (const std::string& value : node[key].texts()) identifiers.emplace(key, value);
  }
  if (node["default-route"] && node["default-route"].boolean()) identifiers.emplace("default-route", "true");
  if (const std::string& zone = node["zone"].text(); !zone.empty()) identifiers.emplace("zone", zone);
  return identifiers;
}

}  // namespace

UplinkFrontend::UplinkFrontend(const config::Node& node, Host& host)
    : node_(node),
      host_(host),
      agent_id_(node["agent_id"].text()),
      identifiers_(read_identifiers(node["identifiers"])) {
  if (!http2::valid_metadata(agent_id_)) {
    host.report(node["agent_id"], "must be printable ASCII, since it is sent as gRPC metadata");
  }
  if (node["sync"]["interval"].duration() > node["sync"]["cap"].duration()) {
    host.report(node["sync"]["interval"], "must not be longer than sync.cap");
  }
}

awaitable<void> UplinkFrontend::prepare() {
  ConnectorSettings settings;
  if (node_["tls"]) settings.tls = &node_["tls"];
  if (node_["via"]) settings.via = &node_["via"];
  settings.alpn = node_["alpn"].texts();
  settings.alpn.emplace_back("h2");
  settings.require_alpn = true;
  settings.liveness = Liveness::from(node_["liveness"]);
  connector_ = host_.connector(settings);
  ids_ = std::static_pointer_cast<ConnectIds>(host_.retained("connect-ids", &make_ids));
  own_name_ = std::static_pointer_cast<const std::string>(host_.retained("agent-id", &make_name));
  if (agent_id_.empty()) agent_id_ = *own_name_;
  host_.add_readiness("server-connected", [this] { return health(); });
  host_.log().info("servers will see this agent",
                   {{"agent_id", agent_id_}, {"identifiers", encode_identifiers(identifiers_)}});
  co_return;
}

HealthState UplinkFrontend::health() const {
  if (part_ == nullptr) return {false, kNotReady};
  const std::size_t connected = part_->servers();
  std::string detail = std::to_string(connected) + " of " + std::to_string(part_->wanted()) + " servers";
  return {connected > 0, connected > 0 ? std::string_view{} : kNotReady, std::move(detail)};
}

std::unique_ptr<FrontendPart> UplinkFrontend::attach(Attachment& attachment, Dialer& dialer) {
  if (attachment.shard().index() != 0) return std::make_unique<FrontendPart>();
  return std::make_unique<UplinkPart>(*this, attachment, dialer);
}

}  // namespace konduit::transport_grpc
