#pragma once

#include <chrono>
#include <cstddef>

#include "konduit/asio.hpp"

namespace konduit::transport_grpc {

/// Notices that an agent looks for servers that should be there, and meets only those that it has: several have one id,
/// or the load balancer sends it to the same ones always.
class FutileSearch {
 public:
  /// As often it may meet each server that it has before that is no accident, and then so rarely it is told.
  static constexpr std::size_t kEnough = 8;
  static constexpr Duration kRarely = std::chrono::hours(1);

  /// Another server was found.
  void found() noexcept { met_ = 0; }
  /// A connection led to one of the `held` servers. True when it is time to say so.
  bool met_again(std::size_t held, TimePoint now) noexcept {
    if (++met_ < kEnough * held || now < tell_at_) return false;
    tell_at_ = now + kRarely;
    return true;
  }
  /// Connections since the last server that was new.
  std::size_t met() const noexcept { return met_; }

 private:
  std::size_t met_ = 0;
  TimePoint tell_at_ = TimePoint::min();
};

}  // namespace konduit::transport_grpc
