#include "konduit/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/intrusive/list.hpp>

#include <cassert>
#include <cstdio>
#include <utility>
#include <vector>

#include "detail/waiter.hpp"
#include "konduit/shard.hpp"
#include "konduit/thrown.hpp"

namespace konduit {
namespace {

void write_to_standard_error(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    std::fprintf(stderr, "konduit: a task ended by an exception: %s\n", words_of_thrown().c_str());
  }
}

}  // namespace

/// One task. Shared by the handler that completes it and by whoever cancels it, which may be emitting when the task
/// ends.
struct TaskGroup::Task : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
                         std::enable_shared_from_this<Task> {
  Task(Shard& owner, awaitable<void> b) : shard(owner), body(std::move(b)) {}

  void cancel();

  Shard& shard;
  awaitable<void> body;
  asio::cancellation_signal signal;
  bool cancelled = false;
};

void TaskGroup::Task::cancel() {
  cancelled = true;
  // Asio defers what is emitted outside of the loop and then remembers signals by their address alone.
  asio::dispatch(shard.context(),
                 [self = shared_from_this()] { self->signal.emit(asio::cancellation_type::terminal); });
}

struct TaskGroup::Impl : std::enable_shared_from_this<Impl> {
  using Tasks = std::vector<std::shared_ptr<Task>>;

  Impl(Shard& owner, ExceptionHandler handler)
      : shard(owner), on_exception(handler ? std::move(handler) : write_to_standard_error) {}

  std::weak_ptr<Task> spawn(awaitable<void> body);
  void finished(const std::shared_ptr<Task>& task, std::exception_ptr exception);
  void report(std::exception_ptr exception, bool was_cancelled);
  Tasks snapshot();
  static void start(std::shared_ptr<Impl> group, std::shared_ptr<Task> task);
  static awaitable<void> body_of(std::shared_ptr<Impl> group, std::shared_ptr<Task> task);
  void cancel();
  awaitable<Wake> wait(Waiter::Cancellation cancellation);
  static awaitable<void> join(std::shared_ptr<Impl> group);
  static awaitable<void> join_or_cancel(std::shared_ptr<Impl> group);

  Shard& shard;
  ExceptionHandler on_exception;
  std::size_t size = 0;
  bool closed = false;
  bool cancelled = false;
  boost::intrusive::list<Task, boost::intrusive::constant_time_size<false>> tasks;
  boost::intrusive::list<Waiter, boost::intrusive::base_hook<WaiterListHook>,
                         boost::intrusive::constant_time_size<false>>
      joining;
};

std::weak_ptr<TaskGroup::Task> TaskGroup::Impl::spawn(awaitable<void> body) {
  auto task = std::make_shared<Task>(shard, std::move(body));
  std::weak_ptr<Task> handle = task;
  tasks.push_back(*task);
  ++size;
  asio::post(shard.context(), [group = shared_from_this(), task = std::move(task)]() mutable {
    start(std::move(group), std::move(task));
  });
  return handle;
}

void TaskGroup::Impl::start(std::shared_ptr<Impl> group, std::shared_ptr<Task> task) {
  auto on_end = [group, task](std::exception_ptr exception) { group->finished(task, std::move(exception)); };
  auto& shard = group->shard;
  const auto slot = task->signal.slot();
  asio::co_spawn(shard.get_executor(), body_of(std::move(group), std::move(task)),
                 asio::bind_cancellation_slot(slot, std::move(on_end)));
}

awaitable<void> TaskGroup::Impl::body_of(std::shared_ptr<Impl> group, std::shared_ptr<Task> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  // cancel() came before the start: there was nothing yet that could remember it.
  if (group->cancelled || task->cancelled) task->signal.emit(asio::cancellation_type::terminal);
  auto body = std::move(task->body);
  co_await std::move(body);
}

void TaskGroup::Impl::finished(const std::shared_ptr<Task>& task, std::exception_ptr exception) {
  task->unlink();
  if (exception) report(std::move(exception), cancelled || task->cancelled);
  if (--size > 0) return;
  while (!joining.empty()) joining.front().wake();
}

void TaskGroup::Impl::report(std::exception_ptr exception, bool was_cancelled) {
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    if (was_cancelled && thrown_by_cancellation()) return;
  }
  on_exception(std::move(exception));
}

TaskGroup::Impl::Tasks TaskGroup::Impl::snapshot() {
  Tasks all;
  for (Task& task : tasks) all.push_back(task.shared_from_this());
  return all;
}

void TaskGroup::Impl::cancel() {
  closed = true;
  if (std::exchange(cancelled, true) || size == 0) return;
  // Asio defers what is emitted outside of the loop and then remembers signals by their address alone.
  asio::dispatch(shard.context(), [all = snapshot()] {
    for (const auto& task : all) task->signal.emit(asio::cancellation_type::terminal);
  });
}

awaitable<Wake> TaskGroup::Impl::wait(Waiter::Cancellation cancellation) {
  Waiter waiter(shard.deadlines());
  joining.push_back(waiter);
  co_return co_await waiter.wait(TimePoint::max(), cancellation);
}

awaitable<void> TaskGroup::Impl::join(std::shared_ptr<Impl> group) {
  co_await asio::this_coro::throw_if_cancelled(false);
  // Whoever joins is about to destroy what the tasks use, also when it is cancelled itself.
  while (group->size > 0) co_await group->wait(Waiter::Cancellation::ignored);
}

awaitable<void> TaskGroup::Impl::join_or_cancel(std::shared_ptr<Impl> group) {
  while (group->size > 0) {
    const bool cancelled = co_await cancellation_requested();
    if (cancelled) break;
    co_await group->wait(Waiter::Cancellation::ends_wait);
  }
  if (group->size > 0) group->cancel();
  co_await join(std::move(group));
}

TaskGroup::TaskGroup(Shard& shard, ExceptionHandler on_exception)
    : impl_(std::make_shared<Impl>(shard, std::move(on_exception))) {}

TaskGroup::~TaskGroup() { assert(impl_->size == 0 && "a task group must be joined before it is destroyed"); }

bool TaskGroup::spawn(awaitable<void> task) {
  Handle handle;
  return spawn(std::move(task), handle);
}

bool TaskGroup::spawn(awaitable<void> task, Handle& handle) {
  if (impl_->closed) return false;
  handle.task_ = impl_->spawn(std::move(task));
  return true;
}

void TaskGroup::Handle::cancel() {
  if (const auto task = task_.lock()) task->cancel();
}

void TaskGroup::close() noexcept { impl_->closed = true; }

void TaskGroup::cancel() { impl_->cancel(); }

awaitable<void> TaskGroup::join() { return Impl::join(impl_); }

awaitable<void> TaskGroup::join_or_cancel() { return Impl::join_or_cancel(impl_); }

std::size_t TaskGroup::size() const noexcept { return impl_->size; }

bool TaskGroup::closed() const noexcept { return impl_->closed; }

}  // namespace konduit
