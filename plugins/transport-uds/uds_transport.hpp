#pragma once

#include <memory>
#include <string>

#include "konduit/transport.hpp"

namespace konduit::transport_uds {

inline constexpr config::Field kListenFields[] = {
    {.name = "mode",
     .type = config::Type::text,
     .summary = "Permissions of the socket's file, in octal.",
     .default_value = "\"0770\""},
    {.name = "unlink_existing",
     .type = config::Type::boolean,
     .summary = "Remove a socket that an earlier process left behind. One that somebody listens on is never touched.",
     .default_value = "true"},
};

/// Unix sockets under "uds:///absolute/path".
class UdsTransport final : public Transport {
 public:
  UdsTransport(const config::Node&, Host&) {}

  std::string check(const std::string& url) const override;
  std::unique_ptr<Binding> bind(const config::Node& endpoint) const override;
  awaitable<boost::system::result<Connection, Connector::Failure>> connect(Shard& shard, std::string url,
                                                                           Liveness liveness,
                                                                           TimePoint deadline) const override;
};

}  // namespace konduit::transport_uds
