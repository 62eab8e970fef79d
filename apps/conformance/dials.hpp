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
/// What the target's name leads to: `address` of its settings.
asio::ip::address usual_address(const Subject& subject);
/// Stream::remote() of a stream to that address.
std::string usual_remote(const Subject& subject);

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
