#pragma once

#include <memory>

#include "world.hpp"

namespace konduit::conformance {

/// The subject, running in a world of its own, and beside it its counterpart, where the settings name one: connected
/// over the network in memory, the backend started before the frontend, each with fakes for what it refers to.
class Stage {
 public:
  explicit Stage(const Subject& subject);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// False if somebody did not get so far; the rule is broken already.
  bool ok() const noexcept { return running_ && running_->ok() && (!other_ || (others_ && others_->ok())); }
  template <class PartType>
  PartType& part() {
    return running_->part<PartType>();
  }
  /// Stops the subject.
  void stop() { running_->stop(); }

  /// The counterpart's world: its dialer has the dials that it takes. Null without one.
  World* other() noexcept { return other_.get(); }
  /// REQUIRES: the subject is a frontend with a counterpart.
  BackendPart& other_backend() { return others_->part<BackendPart>(); }

  World world;

 private:
  std::unique_ptr<World> other_;
  std::unique_ptr<Running> running_;
  std::unique_ptr<Running> others_;
};

}  // namespace konduit::conformance
