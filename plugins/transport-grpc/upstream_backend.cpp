#include "transport-grpc/upstream_backend.hpp"

#include "transport-grpc/upstream_part.hpp"

namespace konduit::transport_grpc {

UpstreamBackend::UpstreamBackend(const config::Node& node, Host& host)
    : node_(node), host_(host), url_(node["url"].text()) {
  settings_ = {.connections = static_cast<std::size_t>(node["connections"].integer()),
               .tunnels_per_connection = static_cast<std::size_t>(node["tunnels_per_connection"].integer()),
               .dial_timeout = node["dial_timeout"].duration(),
               .keep_alive = node["keepalive"].duration(),
               .idle_timeout = node["idle_timeout"].duration()};
  if (url_.find("://") == std::string::npos) {
    host.report(node["url"], R"(must be a url, as in "uds:///run/konnectivity/server.sock" or "tcp://server:8090")");
  }
}

awaitable<void> UpstreamBackend::prepare() {
  ConnectorSettings settings;
  if (node_["tls"]) settings.tls = &node_["tls"];
  if (node_["via"]) settings.via = &node_["via"];
  settings.alpn = {"h2"};
  settings.require_alpn = true;
  settings.liveness = Liveness::from(node_["liveness"]);
  connector_ = host_.connector(settings);
  co_return;
}

std::unique_ptr<BackendPart> UpstreamBackend::attach(Attachment& attachment) {
  return std::make_unique<UpstreamPart>(*this, attachment.shard());
}

std::string UpstreamBackend::authority() const {
  constexpr std::string_view kNetwork = "tcp://";
  return url_.starts_with(kNetwork) ? url_.substr(kNetwork.size()) : "localhost";
}

}  // namespace konduit::transport_grpc
