#include "way_in.hpp"

#include <stdexcept>
#include <utility>

#include "endpoint.hpp"
#include "grpc_tunnel.hpp"
#include "socket_tunnel.hpp"
#include "sockets.hpp"

namespace konduit::bench {

TunnelPtr WayIn::tunnel(TunnelUser& user) {
  const std::string host = endpoint_address(next_++ % kEndpointAddresses);
  const std::string target = host + ":" + std::to_string(way_.endpoint);
  if (way_.frontend == Frontend::grpc) {
    if (way_.connection_per_dial) return std::make_unique<GrpcTunnel>(loop_, http2_client(), target, user);
    if (!shared_) shared_ = http2_client();
    return std::make_unique<GrpcTunnel>(*shared_, target, user);
  }
  if (way_.proxy.empty()) {
    return std::make_unique<SocketTunnel>(loop_, plain_channel(connect_tcp(host, way_.endpoint)), "", user);
  }
  const bool asks = way_.frontend == Frontend::http_connect;
  return std::make_unique<SocketTunnel>(loop_, connect(), asks ? connect_request(target) : "", user);
}

std::unique_ptr<Http2Client> WayIn::http2_client() const { return std::make_unique<Http2Client>(loop_, connect()); }

std::unique_ptr<Channel> WayIn::connect() const {
  const std::string scheme = way_.proxy.substr(0, way_.proxy.find(':'));
  const std::string rest = way_.proxy.substr(std::min(way_.proxy.size(), scheme.size() + 1));
  if (scheme == "unix") return plain_channel(connect_unix(rest));
  const std::string host = rest.substr(0, rest.rfind(':'));
  const int port = std::atoi(rest.substr(std::min(rest.size(), host.size() + 1)).c_str());
  if ((scheme != "tcp" && scheme != "tls") || port <= 0 || port > 65535) {
    throw std::runtime_error("a proxy is unix:PATH, tcp:IP:PORT or tls:IP:PORT, and not " + way_.proxy);
  }
  Socket socket = connect_tcp(host, static_cast<std::uint16_t>(port));
  return scheme == "tcp" ? plain_channel(std::move(socket)) : tls_channel(std::move(socket), host, way_.tls);
}

}  // namespace konduit::bench
