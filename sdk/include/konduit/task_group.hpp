#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"

namespace konduit {

class Shard;

/// The owner of spawned coroutines: it counts them, refuses newcomers once it is closed, cancels them, and can be
/// waited for. Every spawned task belongs to one.
///
/// Thread: its shard's. REQUIRES: joined (or never used) before destruction; in debug builds this is checked.
class KONDUIT_API TaskGroup {
  struct Task;

 public:
  /// One task, to be cancelled alone. Does nothing while it is empty and once its task has ended.
  ///
  /// Thread: the group's. It may outlive the group.
  class KONDUIT_API Handle {
   public:
    /// Asks the task to end, as TaskGroup::cancel() asks all.
    void cancel();

   private:
    friend class TaskGroup;
    std::weak_ptr<Task> task_;
  };

  /// Called with what a task threw. A task that throws is a defect: the default writes it to standard error.
  using ExceptionHandler = std::function<void(std::exception_ptr)>;

  explicit TaskGroup(Shard& shard, ExceptionHandler on_exception = {});
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task` from the loop (never inside this call). False, and the task is dropped unstarted, after cancel() or
  /// close(). A cancelled task sees operation_aborted from what it awaits; it is not thrown at it.
  bool spawn(awaitable<void> task);
  /// The same; from then on `handle` is this task's.
  bool spawn(awaitable<void> task, Handle& handle);

  /// No newcomers; those inside may finish.
  void close() noexcept;
  /// close(), and asks every task to end (terminal cancellation). Idempotent.
  void cancel();
  /// Completes when the last task has ended, and not before: cancelling the waiting coroutine does not end it. Legal
  /// before any spawn, and more than once.
  awaitable<void> join();
  /// join(), for tasks that are the waiting coroutine's own work: cancelling it cancels them.
  awaitable<void> join_or_cancel();

  std::size_t size() const noexcept;
  bool closed() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the completion handlers of its tasks
};

}  // namespace konduit
