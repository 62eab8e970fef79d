#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "konduit/connection.hpp"
#include "konduit/testkit/memory_stream.hpp"

namespace konduit::testkit {

/// Urls and who listens on them, without a system below: what a connector of the network connects to, a listener of the
/// network accepts, over a MemoryStream. One shard. It must outlive its listeners and connectors.
class MemoryNetwork {
 public:
  using Result = boost::system::result<Connection, Connector::Failure>;

  MemoryNetwork() = default;
  MemoryNetwork(const MemoryNetwork&) = delete;
  MemoryNetwork& operator=(const MemoryNetwork&) = delete;

  /// A listener for `url`. It accepts between start() and stop(); of several for one url, the one that was started
  /// last.
  std::shared_ptr<Listener> listen(std::string url);
  std::shared_ptr<Connector> connector();

  /// Connects to whoever listens on `url`: the test's end. Fails as a refused connection where nobody does. The
  /// listener's handler gets the other end from the loop, with `alpn` and `peer`.
  Result connect(Shard& shard, const std::string& url, std::string alpn = {}, Peer peer = {});

  /// The behaviour of the streams of later connections: of the connecting end and of the accepting end.
  MemoryStreamSettings connecting;
  MemoryStreamSettings accepting;
  /// What ALPN and which peers later connections of connector() have.
  std::string alpn;
  Peer peer;
  /// If set, asked first on each connect(): a failure that it answers is given to the caller. May suspend.
  std::function<awaitable<error_code>(const std::string& url)> before_connect;
  /// By when the latest connect() of connector() must have its answer.
  TimePoint connect_deadline = TimePoint::max();
  /// Every url that was connected to through connector(), in order.
  std::vector<std::string> attempts;

 private:
  class MemoryListener;
  class MemoryConnector;

  std::map<std::string, std::vector<MemoryListener*>> accepting_;  // by url, in the order of starting
};

}  // namespace konduit::testkit
