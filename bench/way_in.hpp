#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "channel.hpp"
#include "http2_client.hpp"
#include "loop.hpp"
#include "tunnel.hpp"

namespace konduit::bench {

enum class Frontend {
  none,          ///< Straight to what is connected to: the endpoint itself, or a proxy that asks nothing.
  http_connect,  ///< HTTP CONNECT.
  grpc,          ///< ProxyService.
};

/// How clients reach the endpoint.
struct Way {
  Frontend frontend = Frontend::http_connect;
  std::string proxy;  ///< "unix:PATH", "tcp:IP:PORT" or "tls:IP:PORT"; empty: there is none, and no frontend.
  TlsFiles tls;
  bool connection_per_dial = false;  ///< gRPC: as kube-apiserver does; otherwise all tunnels share one.
  std::uint16_t endpoint = 0;        ///< Its port; the tunnels go to its addresses in turn.
};

/// Makes tunnels.
class WayIn {
 public:
  /// The loop outlives it, and it its tunnels.
  WayIn(Loop& loop, const Way& way) : loop_(loop), way_(way) {}

  /// One that is not started. Throws std::runtime_error where nobody listens.
  TunnelPtr tunnel(TunnelUser& user);

 private:
  /// To the proxy.
  std::unique_ptr<Channel> connect() const;
  std::unique_ptr<Http2Client> http2_client() const;

  Loop& loop_;
  const Way& way_;
  std::unique_ptr<Http2Client> shared_;
  unsigned next_ = 0;  // address of the endpoint
};

}  // namespace konduit::bench
