#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "konduit/component.hpp"

namespace konduit {

/// What a server said of itself when it was connected to.
struct ServerAnnouncement {
  std::string server_id;
  std::optional<unsigned> server_count;
};

/// Knows where servers are, or how many there should be, or both: one answers what it knows. Telling servers apart by their
/// ids, de-duplication and back-off are the caller's.
///
/// It works on the control shard only and is read there; the uplink's control part does so.
class KONDUIT_API DiscoveryPart : public Part {
 public:
  static constexpr ComponentKind kKind = ComponentKind::discovery;

  /// Urls to connect to now, "tcp://host:port"; empty: this source does not know addresses (or none at the moment).
  virtual std::vector<std::string> servers() const { return {}; }
  /// How many different servers there should be; nothing: this source does not know (yet).
  virtual std::optional<unsigned> count() const { return std::nullopt; }
  /// A server was connected to and said this of itself.
  virtual void announced(const ServerAnnouncement& announcement);
  /// Calls `changed` from the loop whenever servers() or count() may answer otherwise. An empty function ends it.
  virtual void subscribe(std::function<void()> changed);
};

class KONDUIT_API Discovery : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::discovery;
  virtual std::unique_ptr<DiscoveryPart> attach(Attachment& attachment) = 0;
};

}  // namespace konduit
