#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "konduit/asio.hpp"
#include "konduit/shard.hpp"
#include "konduit/task_group.hpp"

/// What tests of components are made of. Everything here is single-threaded and waits for events, never for time to
/// pass: the limits are what a broken test may cost.
namespace konduit::testkit {

/// How long a test may wait for what should come at once, by the real clock.
inline constexpr Duration kPatience = std::chrono::seconds(10);

/// Runs the loop until `done` answers true (asked between turns) or `limit` of real time has passed; returns the last
/// answer.
bool run_until(Shard& shard, const std::function<bool()>& done, Duration limit = kPatience);

/// The same for something that is not one shard's loop: `turn(wait)` advances it, waiting up to `wait` for an event.
bool run_until(const std::function<void(Duration wait)>& turn, const std::function<bool()>& done,
               Duration limit = kPatience);

/// Runs the loop until `task` has ended. Throws what it threw, and std::runtime_error if it has not ended in `limit`;
/// it is then cancelled.
void await(Shard& shard, awaitable<void> task, Duration limit = kPatience);

template <class T>
awaitable<void> store_result(awaitable<T> task, std::optional<T>* into) {
  into->emplace(co_await std::move(task));
}

/// The same for a task with a result.
template <class T>
  requires(!std::is_void_v<T>)
T await(Shard& shard, awaitable<T> task, Duration limit = kPatience) {
  std::optional<T> result;
  await(shard, store_result(std::move(task), &result), limit);
  return std::move(*result);
}

/// An operation that is tried with a cancellation at every point where it can be interrupted.
class CancelScenario {
 public:
  virtual ~CancelScenario() = default;
  /// The coroutine under test. Called once. It must end soon after it was cancelled, and must not throw.
  virtual awaitable<void> operation() = 0;
  /// What the rest of the world does, a little each time: called between steps. Default: nothing.
  virtual void step() {}
  /// Called when the operation has ended: fails the test if something is left behind. With `cancelled` it was asked to
  /// end while it was under way; it may have succeeded all the same. Without, nobody disturbed it: it must have
  /// succeeded.
  virtual void check(bool cancelled) = 0;
};

/// Runs `make` and its operation again and again, on a fresh shard, and cancels after no step, after one (a handler of
/// the loop), after two, until the operation ends by itself. Returns in how many places it was cancelled; fails the
/// test where an operation does not end after cancellation.
unsigned cancel_at_every_step(const std::function<std::unique_ptr<CancelScenario>(Shard&)>& make,
                              unsigned most_steps = 2000);

}  // namespace konduit::testkit
