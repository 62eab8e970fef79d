#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include "sockets.hpp"

namespace konduit::bench {

/// What is ready now among many sockets; asked again, it tells again (level-triggered), so nobody must empty a socket.
class Poller {
 public:
  Poller() : descriptor_(epoll_create1(EPOLL_CLOEXEC)) {}

  /// `key` comes back with the events. A socket leaves by being closed.
  void watch(const Socket& socket, std::uint32_t events, std::uint64_t key) {
    control(EPOLL_CTL_ADD, socket.get(), events, key);
  }
  void change(const Socket& socket, std::uint32_t events, std::uint64_t key) {
    control(EPOLL_CTL_MOD, socket.get(), events, key);
  }

  /// Valid until the next call. Empty when `patience` is over; negative: waits for ever.
  std::span<const epoll_event> wait(std::chrono::milliseconds patience) {
    const int count = epoll_wait(descriptor_.get(), events_.data(), static_cast<int>(events_.size()),
                                 static_cast<int>(patience.count()));
    return std::span(events_).first(count < 0 ? 0 : static_cast<std::size_t>(count));
  }

 private:
  void control(int operation, int socket, std::uint32_t events, std::uint64_t key) {
    epoll_event event{.events = events, .data = {.u64 = key}};
    epoll_ctl(descriptor_.get(), operation, socket, &event);
  }

  Socket descriptor_;
  std::array<epoll_event, 64> events_;
};

}  // namespace konduit::bench
