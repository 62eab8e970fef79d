#pragma once

#include <functional>
#include <memory>
#include <string>

#include "konduit/backend.hpp"
#include "konduit/connection.hpp"
#include "konduit/tls.hpp"
#include "listener/followed_tls.hpp"
#include "listener/transports.hpp"

namespace konduit::listener {

/// Finds the part, on a shard, of the backend that a connector goes through.
using BackendFinder = std::function<BackendPart&(Shard& shard, const std::string& id)>;

/// Opens connections: by the url's transport or through another backend, then TLS on top.
/// Thread: connect() on the given shard's; shared by all shards.
class ManagedConnector final : public Connector {
 public:
  /// `owner` is the component's id. The files of TLS are followed for `user`; null: they are not. Throws StartError
  /// when the TLS settings cannot be loaded.
  ManagedConnector(const Transports& transports, const ConnectorSettings& settings, BackendFinder find_backend,
                   std::string owner, const FileUser* user = nullptr);

  awaitable<boost::system::result<Connection, Failure>> connect(Shard& shard, std::string url,
                                                                TimePoint deadline) override;

 private:
  awaitable<boost::system::result<Connection, Failure>> carry(Shard& shard, const std::string& url, TimePoint deadline);
  awaitable<boost::system::result<Connection, Failure>> dial_via(Shard& shard, const std::string& url,
                                                                 TimePoint deadline);

  const Transports& transports_;
  const std::string owner_;
  const BackendFinder find_backend_;
  std::string via_;
  const FollowedTls tls_;
  const Liveness liveness_;
};

}  // namespace konduit::listener
