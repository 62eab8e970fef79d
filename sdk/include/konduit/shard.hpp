#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"
#include "konduit/buffer.hpp"
#include "konduit/busy_poll.hpp"
#include "konduit/deadline.hpp"

namespace konduit {

class HandlerMemory;

/// Something that gathers output during a turn of the loop and sends it at the turn's end. Base of connections.
/// Destruction takes it off the list.
class KONDUIT_API FlushHook {
 public:
  FlushHook() = default;
  FlushHook(const FlushHook&) = delete;
  FlushHook& operator=(const FlushHook&) = delete;
  virtual ~FlushHook();

  /// Sends what was gathered. May mark itself or others dirty again; they are flushed in the same turn, after it.
  /// The object may be destroyed in here.
  virtual void flush() = 0;

 private:
  friend class Shard;
  FlushHook* previous_ = nullptr;
  FlushHook* next_ = nullptr;
  Shard* dirty_on_ = nullptr;
};

/// One thread's worth of the system: an io_context, a loop that flushes once per turn, a block pool, deadlines, and a
/// queue by which other threads reach it. A component's part lives on one shard and needs no lock.
///
/// The loop is `run_one; poll; flush what is dirty`, so that all output of a connection leaves together. The first turn
/// behind a wait is short, so that whoever waits for its output begins early; each that leaves work is followed by one
/// twice as long, so that a busy loop sends in large pieces.
class KONDUIT_API Shard {
 public:
  /// Work sent to a shard by another thread. Deleted after run(), or unrun when the shard ends.
  class Message {
   public:
    virtual ~Message() = default;
    virtual void run() noexcept = 0;

   private:
    friend class Shard;
    Message* next_ = nullptr;
  };

  /// `busy_poll`: how long run() may look for work before it sleeps; see BusyPoll.
  explicit Shard(unsigned index = 0, Duration busy_poll = {});
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  unsigned index() const noexcept { return index_; }
  asio::io_context& context() noexcept { return context_; }
  executor get_executor() noexcept { return context_.get_executor(); }
  BlockPool& pool() noexcept { return pool_; }
  DeadlineQueue& deadlines() noexcept { return deadlines_; }
  TimePoint now() const noexcept { return deadlines_.now(); }

  /// Puts `hook` on the list of what is flushed when this turn ends. Idempotent. Own thread only.
  void mark_dirty(FlushHook& hook) noexcept;

  /// Runs `function` on the shard's thread: never inside this call. Any thread; lock-free; all that is posted in one
  /// turn of the receiver costs it one wake-up.
  template <class Function>
  void post(Function function) {
    struct Call final : Message {
      explicit Call(Function&& f) : function(std::move(f)) {}
      void run() noexcept override { function(); }
      Function function;
    };
    post_message(std::make_unique<Call>(std::move(function)));
  }
  void post_message(std::unique_ptr<Message> message) noexcept;

  /// Runs the loop until stop(). On the calling thread, which becomes the shard's.
  void run();
  /// Runs turns until nothing is ready. For tests: does not wait. Returns the number of handlers run.
  std::size_t run_ready();
  /// Runs one turn: waits up to `longest_wait` for a handler that is ready, runs at most `handlers` of them, and
  /// flushes. For tests. Returns the number of handlers run.
  std::size_t run_turn(Duration longest_wait, std::size_t handlers = kHandlersPerTurn);
  /// Lets run() return after its turn; a run() that has not begun yet returns at once. Any thread.
  void stop() noexcept;

  /// The shard whose loop runs on this thread, or null. Inside run() and run_ready(), and between them on the thread
  /// that constructed it until another shard is constructed there.
  static Shard* current() noexcept;

  /// Bytes of blocks from pool() that were referenced when the last turn ended, without those that other threads have
  /// returned since. Any thread.
  std::size_t buffered() const noexcept;

  /// Messages received from other threads and wake-ups they cost: counters for tests and metrics.
  std::uint64_t messages() const noexcept { return messages_; }
  std::uint64_t wakeups() const noexcept { return wakeups_; }

 private:
  friend class FlushHook;
  // Output must leave in the end, also while input never ends.
  static constexpr std::size_t kHandlersPerTurn = 256;
  static constexpr std::size_t kHandlersBehindWait = 8;

  struct Wake;
  std::size_t turn(std::size_t already_run, std::size_t handlers);
  std::size_t next();
  void flush_dirty();
  void drain_inbox() noexcept;
  void remove_dirty(FlushHook& hook) noexcept;

  const unsigned index_;
  std::shared_ptr<HandlerMemory> wake_memory_;  // shared with the handler on its way
  BlockPool pool_;
  asio::io_context context_;  // destroyed before the pool: suspended coroutines hold slices
  DeadlineQueue deadlines_;
  FlushHook* dirty_head_ = nullptr;
  FlushHook* dirty_tail_ = nullptr;
  std::size_t dirty_count_ = 0;
  std::atomic<Message*> inbox_{nullptr};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> buffered_{0};  // with all that other threads have ever returned
  std::uint64_t messages_ = 0;
  std::uint64_t wakeups_ = 0;
  BusyPoll busy_poll_;
  TimePoint woke_{};  // where busy_poll_ is asked
};

}  // namespace konduit
