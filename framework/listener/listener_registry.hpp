#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "konduit/connection.hpp"
#include "konduit/log.hpp"
#include "konduit/metrics.hpp"
#include "konduit/task_group.hpp"
#include "konduit/transport.hpp"
#include "listener/file_watches.hpp"
#include "listener/transports.hpp"

namespace konduit::listener {

class SharedSocket;

/// Who asks for a listener, and where it tells about it.
struct ListenerOwner {
  std::string id;  ///< "type/name".
  Logger& log;
  std::shared_ptr<Metrics> metrics;  ///< Shared with the accept loops, which end a little after their owner.
  FileWatches* files = nullptr;      ///< Looks at the files of TLS; null: nobody does.
};

/// The bound addresses of the process. A socket is bound once for as long as a listener on it has not stopped: when a
/// later generation asks for a url that an older one holds, both share the socket, with the options that it was bound
/// with, until the older lets go.
///
/// Thread: take() on the control shard's; what it hands out as Listener says. REQUIRES: every listener was
/// stopped and join() has completed on every shard before destruction.
class ListenerRegistry {
 public:
  /// `transports` and `shards` outlive the registry.
  ListenerRegistry(const Transports& transports, std::span<Shard* const> shards);
  ~ListenerRegistry();

  /// Binds or shares. Throws StartError.
  std::shared_ptr<Listener> take(const config::Node& endpoint, const ListenSettings& settings, ListenerOwner owner);

  /// Completes when every accept loop of `shard` that was told to stop has ended. On that shard's thread.
  awaitable<void> join(Shard& shard);

 private:
  class ManagedListener;
  std::shared_ptr<SharedSocket> bind(const config::Node& endpoint, const std::string& owner);

  const Transports& transports_;
  std::span<Shard* const> shards_;
  std::vector<std::unique_ptr<TaskGroup>> loops_;               // by shard; each used on its shard's thread only
  std::map<std::string, std::weak_ptr<SharedSocket>> sockets_;  // by url as configured; owned by the listeners on it
};

}  // namespace konduit::listener
