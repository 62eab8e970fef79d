#pragma once

#include <memory>

#include "konduit/component.hpp"
#include "konduit/dial.hpp"

namespace konduit {

/// A dial that succeeded: the stream to the target, and the account that the core keeps of it. Dropped without
/// splice(), it resets the stream and ends the account.
class KONDUIT_API Tunnel {
 public:
  virtual ~Tunnel() = default;

  /// Joins the client's stream with the target's: the core relays until both directions have ended, with backpressure
  /// and half-close, and closes both. The tunnel is consumed. Call it once, and only after every byte of the frontend's
  /// own answer has been taken by `client`.
  virtual void splice(StreamPtr client) = 0;
};

/// The pipeline as a frontend sees it on one shard.
class KONDUIT_API Dialer {
 public:
  /// Runs the filters and the backend. Cancel it when the client has gone; it then answers DialErrc::cancelled. What
  /// one of them throws is logged, and is a failed dial here.
  virtual awaitable<DialResult<std::unique_ptr<Tunnel>>> dial(DialRequest request) = 0;

 protected:
  ~Dialer() = default;
};

class KONDUIT_API FrontendPart : public Part {
 public:
  static constexpr ComponentKind kKind = ComponentKind::frontend;
};

class KONDUIT_API Frontend : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::frontend;
  /// `dialer` outlives the part.
  virtual std::unique_ptr<FrontendPart> attach(Attachment& attachment, Dialer& dialer) = 0;
};

}  // namespace konduit
