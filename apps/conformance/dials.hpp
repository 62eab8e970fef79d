#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>

#include "konduit/backend.hpp"
#include "rule.hpp"
#include "world.hpp"

namespace konduit::conformance {

/// A dial that the subject lets through or fulfils: to `target` of its settings, without a deadline.
DialRequest usual_dial(const Subject& subject);
/// The same of who is judged in `world`, to be answered within `patience` from now on.
DialRequest usual_dial(const World& world, Duration patience);
/// What the target's name leads to: `address` of its settings.
asio::ip::address usual_address(const Subject& subject);
/// Stream::remote() of a stream to that address.
std::string usual_remote(const Subject& subject);

/// The client's end of the next tunnel that was spliced; null where there is none.
StreamPtr next_tunnel(testkit::FakeDialer& dialer);

/// A dial that a backend in `world` fulfils, beside the rule. Ends with it.
class Dial {
 public:
  Dial(World& world, BackendPart& backend, DialRequest request);
  ~Dial();
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

  bool ended() const noexcept { return group_.size() == 0; }
  void cancel();

  std::optional<DialResult<StreamPtr>> answer;

 private:
  World& world_;
  const DialRequest request_;
  TaskGroup group_;
};

}  // namespace konduit::conformance
