#pragma once

#include <cstdint>
#include <optional>

#include "konduit/api.hpp"

namespace konduit {

/// What some streams can say of the way of their bytes to the peer's host. An optional side of a Stream: ask for it
/// once by `dynamic_cast<const Delivery*>`.
///
/// Thread, lifetime: the stream's.
class KONDUIT_API Delivery {
 public:
  /// Both since the stream began, in the bytes of the transport: more than was written where there is TLS.
  struct Progress {
    std::uint64_t taken = 0;      ///< By try_write().
    std::uint64_t delivered = 0;  ///< Those of them that the peer's host has.
  };

  /// nullopt where nobody can tell. Costs a system call: for rare questions, not for accounting.
  virtual std::optional<Progress> delivery() const = 0;

 protected:
  ~Delivery() = default;
};

}  // namespace konduit
