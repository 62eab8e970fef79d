#pragma once

#include <cstdint>

#include "konduit/buffer.hpp"
#include "konduit/metrics.hpp"
#include "konduit/stream.hpp"

namespace konduit::relay {

/// One way of a relay. It moves what the source has to the sink until one of them has nothing more to say.
///
/// What the sink does not take stays here, one read's worth, and no more is read until it has gone, but for what the
/// sink's peer takes meanwhile: that is the backpressure. While it is idle it holds no memory besides itself.
class Direction {
 public:
  enum class State : std::uint8_t {
    open,       ///< Bytes may follow.
    finished,   ///< The source said end of stream, and the sink has taken everything.
    truncated,  ///< The source broke; what was read has been taken by the sink.
    refused,    ///< The sink takes no more bytes; what was left is dropped.
  };
  enum class Step : std::uint8_t {
    waiting,  ///< A callback of one of the streams will tell when to go on.
    yielded,  ///< There is more to do at once; others shall have their turn first.
    ended,    ///< The state is no longer open.
  };

  Direction(Stream& source, Stream& sink, Counter& counter) noexcept
      : source_(source), sink_(sink), counter_(counter) {}

  /// Moves bytes until it must wait, its share of the turn is used up, or the direction has ended. `scratch` is the
  /// shard's empty working queue; it is empty again afterwards.
  Step advance(BufferQueue& scratch);

  /// The sink takes no more bytes: drops what waits and ends, unless it had ended already.
  void refuse() noexcept;

  State state() const noexcept { return state_; }
  /// What the sink is to be told where the source broke.
  ResetReason broken() const noexcept { return broken_; }
  bool ended() const noexcept { return state_ != State::open; }
  std::uint64_t bytes() const noexcept { return bytes_; }
  /// Bytes that are held here or by the sink and that nobody has taken yet.
  std::size_t held() const { return waiting_.size() + sink_.queued(); }
  /// Some of them wait for the sink.
  bool waits() const noexcept { return !waiting_.empty(); }

  /// To be called now and then while bytes are held. A sink takes more only when it has got rid of much, which a slow
  /// peer needs long for; a source must not take that for a reader that stands still. So what the peer has taken since
  /// the last look is read on, within limits. True if the peer has taken something.
  bool look();
  /// Looks in a row that found bytes held and nothing taken.
  unsigned still_looks() const noexcept { return still_looks_; }

 private:
  bool offer(BufferQueue& bytes);
  bool fill(BufferQueue& bytes, const ReadShape& shape);
  void read_on(std::uint64_t bytes);
  std::uint64_t delivered() const;

  Stream& source_;
  Stream& sink_;
  Counter& counter_;
  BufferQueue waiting_;
  std::uint64_t bytes_ = 0;
  std::uint64_t delivered_ = 0;  // at the last look
  State state_ = State::open;
  State after_waiting_ = State::open;
  std::uint8_t still_looks_ = 0;
  ResetReason broken_{};
};

}  // namespace konduit::relay
