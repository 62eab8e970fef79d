#pragma once

#include <string>

#include "konduit/component.hpp"

namespace konduit {

/// Makes this server known elsewhere, and withdraws it when it stops. Works on the control shard.
class KONDUIT_API RegistrarPart : public Part {
 public:
  static constexpr ComponentKind kKind = ComponentKind::registrar;

  /// Publishes `server_id` from now on until stop(), which withdraws it within the deadline given to drain(). Said
  /// again, as by another generation of who says it, it changes nothing.
  virtual void announce(std::string server_id) = 0;
};

class KONDUIT_API Registrar : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::registrar;
  virtual std::unique_ptr<RegistrarPart> attach(Attachment& attachment) = 0;
};

}  // namespace konduit
