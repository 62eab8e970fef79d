#pragma once

#include "konduit/asio.hpp"

namespace konduit::transport_grpc {

/// How long an agent waits between attempts to find its servers: `interval` while all goes well, growing by half with
/// each failure, and by a tenth with each server that it has already, up to `cap`; always with up to a tenth on top, so
/// that agents that lost a server together do not come together.
///
/// `chance` is a number in [0, 1) for the jitter.
class SyncPace {
 public:
  SyncPace(Duration interval, Duration cap) noexcept : interval_(interval), cap_(cap), next_(interval) {}

  /// The pause after an attempt that reached a server.
  Duration after_success(double chance) noexcept {
    next_ = interval_;
    return jittered(interval_, chance);
  }
  /// The pause after an attempt that reached a server which was reached before: where one is missing for long, the
  /// others must not be worn out.
  Duration after_duplicate(double chance) noexcept {
    const Duration pause = jittered(next_, chance);
    grow(11);
    return pause;
  }
  /// The pause after one that did not.
  Duration after_failure(double chance) noexcept {
    const Duration pause = jittered(next_, chance);
    grow(15);
    return pause;
  }
  /// Something has changed: begin as at first.
  void restart() noexcept { next_ = interval_; }
  Duration interval() const noexcept { return interval_; }

 private:
  void grow(int tenths) noexcept { next_ = next_ * tenths / 10 < cap_ ? next_ * tenths / 10 : cap_; }
  static Duration jittered(Duration pause, double chance) noexcept {
    return pause + Duration(static_cast<Duration::rep>(static_cast<double>(pause.count()) * 0.1 * chance));
  }

  const Duration interval_;
  const Duration cap_;
  Duration next_;
};

}  // namespace konduit::transport_grpc
