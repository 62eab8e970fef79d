#pragma once

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <random>
#include <vector>

#include "chaos/forwarder/conditions.hpp"
#include "chaos/wire.hpp"

namespace konduit::chaos {

/// One direction of a forwarded connection: reads, lets time pass, writes. Holds at most 4 MiB.
///
/// Thread: the loop's. `conditions` and the sockets outlive it.
class Way {
 public:
  Way(TcpSocket& source, TcpSocket& sink, Conditions& conditions, std::uint64_t seed);

  /// Until the source has ended and the sink was told. Throws boost::system::system_error when one of them fails.
  awaitable<void> run();

 private:
  struct Piece {
    TimePoint due;
    std::vector<char> bytes;  // none: the end
  };

  awaitable<void> take_in();
  awaitable<void> deliver();
  awaitable<void> write(std::vector<char> bytes);
  awaitable<void> wait_while_stalled(Timer& timer);
  void push(std::vector<char> bytes);

  TcpSocket& source_;
  TcpSocket& sink_;
  Conditions& conditions_;
  std::mt19937_64 random_;
  std::deque<Piece> pieces_;
  std::size_t held_ = 0;
  TimePoint last_due_{};
  Timer pause_;  // take_in()'s
  Timer clock_;  // deliver()'s
  Timer arrived_;
  Timer room_;
};

}  // namespace konduit::chaos
