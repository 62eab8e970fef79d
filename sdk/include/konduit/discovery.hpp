#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/component.hpp"

namespace konduit {

/// What a server said of itself when it was connected to.
struct ServerAnnouncement {
  std::string server_id;
  std::optional<unsigned> server_count;
};

/// Knows where servers are, or how many there should be, or both: one answers what it knows. Telling servers apart by
/// their ids, de-duplication and back-off are the caller's.
///
/// It works on the control shard only and is read there; the uplink's control part does so. Several components may
/// refer to one discovery.
class KONDUIT_API DiscoveryPart : public Part {
 public:
  static constexpr ComponentKind kKind = ComponentKind::discovery;

  class Observer {
   public:
    /// servers() or count() may answer otherwise now. From the loop, never inside a call into the discovery.
    virtual void on_discovery_changed() = 0;

   protected:
    ~Observer() = default;
  };

  /// Urls to connect to now, "tcp://host:port"; empty: this source does not know addresses (or none at the moment).
  virtual std::vector<std::string> servers() const { return {}; }
  /// How many different servers there should be; nothing: this source does not know (yet).
  virtual std::optional<unsigned> count() const { return std::nullopt; }
  /// A server was connected to and said this of itself.
  virtual void announced(const ServerAnnouncement& announcement);
  /// A server that announced itself is not connected any more.
  virtual void lost(std::string_view server_id);

  /// `observer` is told of changes until it unsubscribes, which it does before it goes. Both are legal inside a notice.
  void subscribe(Observer& observer);
  void unsubscribe(Observer& observer) noexcept;

 protected:
  /// Tells the observers. From the loop, never inside one of the calls above.
  void notify();

 private:
  std::vector<Observer*> observers_;
  std::size_t notifying_ = 0;
};

class KONDUIT_API Discovery : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::discovery;
  virtual std::unique_ptr<DiscoveryPart> attach(Attachment& attachment) = 0;
};

}  // namespace konduit
