#pragma once

#include <cstdint>
#include <string_view>

#include "konduit/budget.hpp"
#include "konduit/deadline.hpp"
#include "konduit/metrics.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"
#include "relay/direction.hpp"

namespace konduit::relay {

struct RelaySettings {
  /// How long the answer may go on without a byte after an end of stream that the other side cannot be told.
  Duration half_closed_grace = std::chrono::seconds(5);
  /// How long a tunnel may be silent once one of its directions has ended; 0: for ever.
  Duration half_closed_timeout = std::chrono::hours(1);
  /// How long any tunnel may be silent; 0: for ever.
  Duration idle_timeout{};
  /// How long a stream may go without progress while it delivers what is left of a tunnel that was closed, or whose
  /// other side has gone.
  Duration close_grace = std::chrono::seconds(30);
  /// How long a tunnel that holds more than its share of the memory budget may deliver nothing while the process is
  /// over it. Each direction that waits for its sink is looked at four times in that time.
  Duration stall_limit = MemoryBudget::kStallLimit;
};

/// What the relays of one shard share.
struct RelayContext {
  Shard& shard;
  RelaySettings settings;
  MemoryBudget& budget;
  BufferQueue scratch;  ///< Empty between two calls.
  Counter& bytes_to_target;
  Counter& bytes_to_client;
};

/// How a relay ended: constant words for logs, metrics and filters.
struct RelayOutcome {
  std::uint64_t bytes_to_target = 0;
  std::uint64_t bytes_to_client = 0;
  std::string_view end;
  bool over_budget = false;  ///< It was ended because it held more than its share of a memory budget that is used up.
};

/// Relays between a client's and a target's stream until both directions have ended and both streams have delivered
/// what they took.
///
/// An end of stream is passed on as one. Where the target cannot be told, its answer may go on for the grace period;
/// where the client cannot be told, the tunnel is closed behind the last byte. A direction that was cut off resets the
/// stream that would otherwise take a part for the whole. A stream that takes no more bytes ends the direction towards
/// it; what it had sent before is still delivered. While the process is over its memory budget, a tunnel that holds
/// more than its share of it and gets rid of nothing is ended.
///
/// Thread: the shard's. The relay owns both streams.
class Relay final : private Deadline::Owner, private FlushHook {
 public:
  class Owner {
   public:
    /// Called once, from the loop. The relay may be destroyed in here.
    virtual void on_relay_end(const RelayOutcome& outcome) = 0;

   protected:
    ~Owner() = default;
  };

  Relay(RelayContext& context, StreamPtr client, StreamPtr target, Owner& owner);

  /// Begins, at the latest when the loop's turn ends. Nothing moves and nothing is reported inside this call.
  void start();
  /// Ends both streams at once. The owner is not called.
  void reset(ResetReason reason);

  std::uint64_t bytes_to_target() const noexcept { return to_target_.bytes(); }
  std::uint64_t bytes_to_client() const noexcept { return to_client_.bytes(); }
  /// Who is at the target's end, also once that has ended; see Stream::remote().
  std::string_view remote() const { return target_.stream->remote(); }

 private:
  /// One of the two streams with what is known of it.
  struct Side final : Stream::Observer {
    Side(Relay& its_relay, StreamPtr its_stream) : relay(its_relay), stream(std::move(its_stream)) {}
    void on_readable() override;
    void on_writable() override;
    void on_closed(error_code reason) override;

    Relay& relay;
    StreamPtr stream;
    bool hangup = false;   ///< It takes no more bytes.
    bool closing = false;  ///< close() was called.
    bool closed = false;   ///< Nothing more will happen on it.
  };

  void flush() override;
  void on_deadline(Deadline& which) override;
  void advance_both();
  void expect_nothing();
  bool both_closed() const noexcept { return client_.closed && target_.closed; }
  void advance(Direction& direction, Side& source, Side& sink);
  void settle(Direction& direction, Side& source, Side& sink);
  void end_unsaid(Side& sink, Direction& other);
  void close_both();
  void close(Side& side);
  void check_grace();
  void check_close();
  void watch(const Direction& direction);
  void look_at_both();
  void check_silence();
  /// What changes as long as bytes get anywhere.
  struct Movement {
    std::uint64_t bytes = 0;
    std::size_t queued = 0;
    bool operator==(const Movement&) const = default;
  };
  Movement movement() const;
  Duration silence_limit() const noexcept;
  /// Watches from now on for `limit` without movement; 0: nothing changes.
  void limit_silence(Duration limit);
  void end_if_done();

  RelayContext& context_;
  Owner& owner_;
  Side client_;
  Side target_;
  Direction to_target_;
  Direction to_client_;
  Deadline resume_;
  Deadline patience_;
  Deadline silence_;
  std::uint64_t progress_ = 0;
  Movement moved_;  // when silence_ was armed
  std::string_view end_;
  bool starting_ = false;
  bool grace_ = false;
  bool half_closed_ = false;
  bool closing_ = false;
};

}  // namespace konduit::relay
