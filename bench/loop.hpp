#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "poller.hpp"

namespace konduit::bench {

/// Who waits for a socket.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// EPOLLIN, EPOLLOUT, ... as far as they were asked for, and EPOLLHUP and EPOLLERR.
  virtual void on_events(std::uint32_t events) = 0;
  /// The turn ends in which it called Loop::finish().
  virtual void on_turn_end() {}
};

/// One thread's sockets: a turn takes what is ready, and then lets those finish who gather what they send.
class Loop {
 public:
  /// The watcher stays alive until retire().
  void watch(const Socket& socket, std::uint32_t events, Watcher& watcher) {
    poller_.watch(socket, events, reinterpret_cast<std::uintptr_t>(&watcher));
  }
  void change(const Socket& socket, std::uint32_t events, Watcher& watcher) {
    poller_.change(socket, events, reinterpret_cast<std::uintptr_t>(&watcher));
  }

  /// on_turn_end() follows; to be called once a turn.
  void finish(Watcher& watcher) { finishing_.push_back(&watcher); }

  /// Destroys it when the turn is over: an event for it may still be under way, which it must expect.
  void retire(std::unique_ptr<Watcher> watcher) { retired_.push_back(std::move(watcher)); }

  /// Takes what is ready, or waits for it no longer than `patience`.
  void turn(std::chrono::milliseconds patience) {
    end_turn();  // what was begun outside of a turn
    for (const epoll_event& event : poller_.wait(patience)) {
      reinterpret_cast<Watcher*>(static_cast<std::uintptr_t>(event.data.u64))->on_events(event.events);
    }
    end_turn();
  }

 private:
  void end_turn() {
    for (std::size_t i = 0; i != finishing_.size(); ++i) finishing_[i]->on_turn_end();
    finishing_.clear();
    retired_.clear();
  }

  Poller poller_;
  std::vector<Watcher*> finishing_;
  std::vector<std::unique_ptr<Watcher>> retired_;
};

}  // namespace konduit::bench
