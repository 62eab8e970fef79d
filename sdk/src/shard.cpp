#include "konduit/shard.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>

#include "detail/block_depot.hpp"
#include "detail/handler_memory.hpp"

namespace konduit {
namespace {

// Initial-exec: the library is there when the program starts, and every release of a block asks for this.
[[gnu::tls_model("initial-exec")]] thread_local Shard* current_shard = nullptr;

// Rounds of flushing in a turn: hooks may mark each other dirty for ever.
constexpr int kFlushRounds = 8;

class CurrentShard {
 public:
  explicit CurrentShard(Shard* shard) noexcept : previous_(std::exchange(current_shard, shard)) {}
  ~CurrentShard() { current_shard = previous_; }
  CurrentShard(const CurrentShard&) = delete;
  CurrentShard& operator=(const CurrentShard&) = delete;

 private:
  Shard* previous_;
};

}  // namespace

FlushHook::~FlushHook() {
  if (dirty_on_) dirty_on_->remove_dirty(*this);
}

/// What another thread posts to the loop when it finds the inbox empty. At most one is on its way, and its memory is
/// free again before the inbox is emptied, so the next one to post may use it without a lock.
struct Shard::Wake {
  Shard* shard;

  void operator()() const noexcept {
    ++shard->wakeups_;
    shard->drain_inbox();
  }
};

Shard::Shard(unsigned index, Duration busy_poll)
    : index_(index),
      wake_memory_(std::make_shared<HandlerMemory>()),
      pool_(this),
      context_(1),
      deadlines_(context_),
      busy_poll_(busy_poll) {
  // Held for ever: the loop waits for other threads when it has nothing to do.
  context_.get_executor().on_work_started();
  current_shard = this;
}

Shard::~Shard() {
  for (Message* message = inbox_.exchange(nullptr, std::memory_order_acquire); message;) {
    std::unique_ptr<Message> pending(message);
    message = pending->next_;
  }
  while (dirty_head_) remove_dirty(*dirty_head_);
  if (current_shard == this) current_shard = nullptr;
}

Shard* Shard::current() noexcept { return current_shard; }

void Shard::mark_dirty(FlushHook& hook) noexcept {
  if (hook.dirty_on_) return;
  hook.dirty_on_ = this;
  hook.previous_ = dirty_tail_;
  hook.next_ = nullptr;
  (dirty_tail_ ? dirty_tail_->next_ : dirty_head_) = &hook;
  dirty_tail_ = &hook;
  ++dirty_count_;
}

void Shard::remove_dirty(FlushHook& hook) noexcept {
  (hook.previous_ ? hook.previous_->next_ : dirty_head_) = hook.next_;
  (hook.next_ ? hook.next_->previous_ : dirty_tail_) = hook.previous_;
  hook.previous_ = hook.next_ = nullptr;
  hook.dirty_on_ = nullptr;
  --dirty_count_;
}

void Shard::flush_dirty() {
  for (int round = 0; round < kFlushRounds && dirty_head_; ++round) {
    for (auto left = dirty_count_; left > 0 && dirty_head_; --left) {
      FlushHook& hook = *dirty_head_;
      remove_dirty(hook);
      hook.flush();
    }
  }
  pool_.collect();
  buffered_.store(pool_.in_use() + pool_.collected_, std::memory_order_relaxed);
}

// A shard that sleeps does not see what comes back to it. Collecting a block changes neither sum, so the two fit
// together at any time, but for a block that went out and came back before the end of the turn that is to count it.
std::size_t Shard::buffered() const noexcept {
  const std::size_t sum = buffered_.load(std::memory_order_relaxed) - pool_.depot_->returned_bytes();
  const auto bytes = static_cast<std::ptrdiff_t>(sum);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

void Shard::post_message(std::unique_ptr<Message> message) noexcept {
  Message* added = message.release();
  Message* head = inbox_.load(std::memory_order_relaxed);
  do {
    added->next_ = head;
  } while (!inbox_.compare_exchange_weak(head, added, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (head) return;
  asio::post(context_, asio::bind_allocator(HandlerMemory::Allocator<void>(wake_memory_), Wake{this}));
}

void Shard::drain_inbox() noexcept {
  Message* newest = inbox_.exchange(nullptr, std::memory_order_acq_rel);
  Message* oldest = nullptr;
  while (newest) {
    Message* next = newest->next_;
    newest->next_ = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest) {
    std::unique_ptr<Message> message(oldest);
    oldest = message->next_;
    ++messages_;
    message->run();
  }
}

// Handlers are run one by one and not by poll(), which does not return while a busy socket keeps it supplied.
std::size_t Shard::turn(std::size_t already_run, std::size_t handlers) {
  std::size_t run = already_run;
  while (run < handlers && context_.poll_one() > 0) ++run;
  flush_dirty();
  return run;
}

// Waits for a handler and runs it. Asio does not tell when it has found one: behind a sleep, what the first handler
// takes counts as part of the wait. Between two looks others who want the processor get it.
std::size_t Shard::next() {
  if (!busy_poll_.enabled()) return context_.run_one();
  const TimePoint began = Clock::now();
  busy_poll_.worked(began - woke_);
  if (const Duration window = busy_poll_.window(); window > Duration::zero()) {
    TimePoint now = began;
    std::size_t run = 0;
    for (; now - began < window; now = Clock::now()) {
      run = context_.poll_one();
      if (run > 0) break;
      std::this_thread::yield();
    }
    busy_poll_.looked(now - began);
    woke_ = now;
    if (run > 0) return run;
  }
  const std::size_t run = context_.run_one();
  woke_ = Clock::now();
  busy_poll_.slept(woke_ - began);
  return run;
}

void Shard::run() {
  CurrentShard scope(this);
  std::size_t most = kHandlersBehindWait;
  woke_ = Clock::now();
  while (!stopping_.load(std::memory_order_acquire)) {
    if (context_.stopped()) context_.restart();
    const std::size_t run = turn(dirty_head_ ? 0 : next(), most);
    most = run < most ? kHandlersBehindWait : std::min(2 * most, kHandlersPerTurn);
  }
  stopping_.store(false, std::memory_order_release);
}

std::size_t Shard::run_ready() {
  std::size_t total = 0;
  for (;;) {
    // What is flushed may make a handler ready, of this shard too.
    const bool flushes = dirty_head_ != nullptr;
    const auto handlers = run_turn(Duration::zero());
    total += handlers;
    if (handlers == 0 && !flushes && !dirty_head_) return total;
  }
}

std::size_t Shard::run_turn(Duration longest_wait, std::size_t handlers) {
  CurrentShard scope(this);
  if (context_.stopped()) context_.restart();
  const bool wait = longest_wait > Duration::zero() && !dirty_head_ && handlers > 0;
  return turn(wait ? context_.run_one_for(longest_wait) : 0, handlers);
}

void Shard::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  asio::post(context_, [] {});
}

}  // namespace konduit
