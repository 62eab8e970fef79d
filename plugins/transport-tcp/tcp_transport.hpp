#pragma once

#include <memory>
#include <string>

#include "konduit/transport.hpp"

namespace konduit::transport_tcp {

inline constexpr config::Field kListenFields[] = {
    {.name = "backlog",
     .type = config::Type::integer,
     .summary = "Connections that the system keeps until they are accepted.",
     .default_value = "4096",
     .detail = "1..65535"},
};

/// TCP under "tcp://host:port".
class TcpTransport final : public Transport, public Lingering {
 public:
  TcpTransport(const config::Node&, Host&) {}

  std::string check(const std::string& url) const override;
  std::unique_ptr<Binding> bind(const config::Node& endpoint) const override;
  awaitable<boost::system::result<Connection, Connector::Failure>> connect(Shard& shard, std::string url,
                                                                           Liveness liveness,
                                                                           TimePoint deadline) const override;
  /// Also those that the backend `direct` has closed.
  awaitable<void> settled(Shard& shard, TimePoint deadline) const override;
};

}  // namespace konduit::transport_tcp
