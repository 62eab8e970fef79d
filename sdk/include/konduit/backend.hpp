#pragma once

#include "konduit/component.hpp"
#include "konduit/dial.hpp"

namespace konduit {

/// Fulfils dials on one shard.
class KONDUIT_API BackendPart : public Part {
 public:
  static constexpr ComponentKind kKind = ComponentKind::backend;

  /// Turns the request into a stream by its deadline. Honours cancellation (answers DialErrc::cancelled and leaves
  /// nothing behind). `request` outlives the call.
  virtual awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) = 0;
};

class KONDUIT_API Backend : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::backend;
  virtual std::unique_ptr<BackendPart> attach(Attachment& attachment) = 0;
};

}  // namespace konduit
