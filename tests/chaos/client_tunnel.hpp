#pragma once

#include <random>
#include <string>

#include "chaos/exchange.hpp"
#include "chaos/tunnel_record.hpp"
#include "chaos/wire.hpp"

namespace konduit::chaos {

struct Range {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// What a tunnel is for.
struct TunnelPlan {
  std::string kind{};
  std::string target{};  ///< "ADDRESS:PORT".
  Range up{};            ///< Bytes of an exchange.
  Range down{};
  std::uint64_t exchanges = 1;  ///< 0: until finish().
  Duration pause{};             ///< Between them.
  Duration redial{};            ///< Before the next tunnel of the lane.
  bool once = false;            ///< The lane ends with its first tunnel.
  Pace reads{};                 ///< The client's.
  Pace writes{};
  std::uint64_t endpoint_reads = 0;
  std::uint64_t endpoint_writes = 0;
  std::uint64_t reset_after = 0;
  bool half_close = false;   ///< Says behind the last byte up that nothing follows.
  Duration leaves_before{};  ///< Its client leaves at some moment before this one, from the dial on; 0: it stays.
  bool may_fail = false;     ///< That it is refused, or ends early, is what it is for.
  Duration patience = std::chrono::seconds(20);  ///< Longest time without a byte, but for pauses.
};

/// One tunnel at its client's end, by HTTP CONNECT over a Unix socket: dials, makes its exchanges, verifies all bytes.
///
/// Thread: the loop's.
class ClientTunnel {
 public:
  /// `door` is the server's socket. The other two outlive the tunnel.
  ClientTunnel(executor where, std::string door, const TunnelPlan& plan, TunnelRecord& record, std::mt19937_64& random);

  /// Until it has ended, one way or the other. Does not throw; the record says what happened.
  awaitable<void> run();
  /// Ends it behind one more exchange, at once instead of after the pause.
  void finish();
  /// Ends it now, as hung.
  void give_up();

  std::uint64_t moved() const noexcept { return wire_.sent() + wire_.received(); }
  const TunnelRecord& record() const noexcept { return record_; }

 private:
  awaitable<void> converse();
  awaitable<void> converse_or_throw();
  awaitable<void> watch();
  Outcome outcome_by_watch();
  awaitable<void> dial();
  awaitable<void> exchange(bool last);
  awaitable<std::uint64_t> send(std::uint64_t seed, std::uint64_t size, bool last);
  awaitable<void> pause();
  std::uint64_t size_in(Range range);
  Duration some_part_of(Duration whole);
  bool last_exchange() const noexcept;

  const std::string door_;
  const TunnelPlan& plan_;
  TunnelRecord& record_;
  std::mt19937_64& random_;
  Wire wire_;
  Timer pause_;
  Timer watch_;
  Outcome outcome_ = Outcome::running;  // converse()'s
  TimePoint leaving_at_ = TimePoint::max();
  TimePoint pausing_until_{};
  bool finishing_ = false;
  bool gave_up_ = false;
};

}  // namespace konduit::chaos
