#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>

#include "konduit/shard.hpp"
#include "konduit/stream.hpp"

namespace konduit {

class PairStream;

/// The address of one end: what the other end and messages under way hold. `stream` belongs to the end's own shard and
/// is null once the stream is gone; the counters are how the ends tell each other, without messages, how much was
/// consumed.
struct PairEnd {
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  PairEnd(Shard& s, std::size_t w) : shard(s), window(w) {}

  Shard& shard;
  const std::size_t window;
  PairStream* stream = nullptr;
  std::atomic<std::uint64_t> consumed{0};      ///< Bytes that this end has read. Written by this end.
  std::atomic<std::uint64_t> wake_at{kNever};  ///< The other end wants to write again when `consumed` reaches this.
};

using PairEndPtr = std::shared_ptr<PairEnd>;

/// What crosses to the other shard: some slices, then some words. Parcels arrive in order.
class Parcel final : public Shard::Message {
 public:
  enum Word : std::uint8_t {
    kEndOfStream = 1,  ///< No byte follows.
    kClose = 2,        ///< No byte follows, none is read any more, and an answer is wanted.
    kClosed = 4,       ///< The answer to kClose.
    kReset = 8,
    kWritable = 16,  ///< The window has opened.
    kLook = 32,      ///< From an end to itself: see what there is to tell the observer.
  };
  static constexpr std::size_t kSlices = 16;

  Parcel(PairEndPtr to, PairEndPtr from) noexcept : to_(std::move(to)), from_(std::move(from)) {}
  void run() noexcept override;

  // Parcels are made on one thread and end on another, in both directions alike: each thread reuses what ended on it.
  static void* operator new(std::size_t size);
  static void operator delete(void* memory) noexcept;

  std::array<Buffer, kSlices> slices;
  std::uint8_t count = 0;
  std::uint8_t words = 0;

 private:
  PairEndPtr to_;
  PairEndPtr from_;
};

/// One end of a pair.
class PairStream final : public Stream, private FlushHook {
 public:
  PairStream(PairEndPtr self, PairEndPtr peer);
  ~PairStream() override;

  void observe(Observer* observer) override;
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override;
  Result<std::size_t> try_write(BufferQueue& from) override;
  bool half_close() override;
  void close() override;
  void reset(ResetReason reason) override;
  std::size_t queued() const override;
  std::size_t unread() const override { return in_.size(); }

  /// A parcel from the other end, or from itself. May end in the destruction of this object.
  void receive(Parcel& parcel);

 private:
  enum class State : std::uint8_t { open, closing, closed };

  void flush() override;
  void send(const PairEndPtr& to, std::uint8_t words) noexcept;
  Buffer crossing(Buffer slice);
  void take_in(Parcel& parcel);
  void look();
  void hear(std::uint8_t words);
  void ended(error_code reason);
  void tell_observer();
  bool readable() const noexcept { return !in_.empty() || read_end_; }
  void count_consumed(std::size_t bytes);
  void arm_write();
  void drop_all() noexcept;
  bool peer_gone() const noexcept { return tell_closed_ || told_closed_; }

  const PairEndPtr self_;
  const PairEndPtr peer_;
  Observer* observer_ = nullptr;
  BufferQueue in_;
  BufferQueue out_;
  std::uint64_t taken_ = 0;  ///< Bytes that try_write() has ever taken.
  error_code read_end_;      ///< What try_read() says once in_ is empty.
  error_code write_end_;     ///< What try_write() says.
  error_code closed_reason_;
  State state_ = State::open;
  std::uint8_t words_ = 0;  ///< To be said behind out_.
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool writable_ = false;     ///< The window opened since write_armed_.
  bool tell_closed_ = false;  ///< on_closed() is due.
  bool told_closed_ = false;
  bool look_posted_ = false;
};

}  // namespace konduit
