#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"
#include "konduit/result.hpp"

namespace konduit {

class DeadlineQueue;
class Waiter;

/// One point in time at which its owner wants to be called. Cheap while it is not armed (no allocation, no timer).
///
/// Thread: the shard's. Destruction disarms. The callback may destroy or re-arm the deadline.
class KONDUIT_API Deadline {
 public:
  /// Who is called. One interface for all deadlines of an object: `which` tells them apart.
  class Owner {
   public:
    virtual void on_deadline(Deadline& which) = 0;

   protected:
    ~Owner() = default;
  };

  Deadline(DeadlineQueue& queue, Owner& owner) noexcept : queue_(queue), owner_(owner) {}
  ~Deadline() { disarm(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void arm(Duration from_now);
  void arm_at(TimePoint when);
  void disarm() noexcept;
  bool armed() const noexcept { return position_ != kIdle; }

 private:
  friend class DeadlineQueue;
  static constexpr std::size_t kIdle = static_cast<std::size_t>(-1);

  DeadlineQueue& queue_;
  Owner& owner_;
  TimePoint when_{};
  std::size_t position_ = kIdle;
};

/// The deadlines of one shard: a heap under a single Asio timer. All waiting in this project goes through it, so a test
/// that stops its clock (fake_clock) decides when time passes.
class KONDUIT_API DeadlineQueue {
 public:
  explicit DeadlineQueue(asio::io_context& context);
  ~DeadlineQueue();
  DeadlineQueue(const DeadlineQueue&) = delete;
  DeadlineQueue& operator=(const DeadlineQueue&) = delete;

  /// The time by which deadlines are judged.
  TimePoint now() const noexcept;

  /// Completes when the time has come: {} then, operation_aborted when the coroutine was cancelled.
  awaitable<error_code> wait_until(TimePoint when);
  awaitable<error_code> wait(Duration duration) { return wait_until(now() + duration); }

  /// From now on time stands still and moves by advance() alone. For tests.
  void fake_clock();
  void advance(Duration duration);

 private:
  friend class Deadline;
  friend class Waiter;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace konduit
