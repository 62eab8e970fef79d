#include "konduit/deadline.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include <utility>

#include "detail/deadline_queue.hpp"

namespace konduit {

void DeadlineQueue::Impl::place(Deadline& deadline, std::size_t position) noexcept {
  heap[position] = &deadline;
  deadline.position_ = position;
}

void DeadlineQueue::Impl::sift_up(std::size_t position) noexcept {
  Deadline& moving = *heap[position];
  while (position > 0) {
    const auto parent = (position - 1) / 2;
    if (!(moving.when_ < heap[parent]->when_)) break;
    place(*heap[parent], position);
    position = parent;
  }
  place(moving, position);
}

void DeadlineQueue::Impl::sift_down(std::size_t position) noexcept {
  Deadline& moving = *heap[position];
  for (;;) {
    auto child = 2 * position + 1;
    if (child >= heap.size()) break;
    if (child + 1 < heap.size() && heap[child + 1]->when_ < heap[child]->when_) ++child;
    if (!(heap[child]->when_ < moving.when_)) break;
    place(*heap[child], position);
    position = child;
  }
  place(moving, position);
}

void DeadlineQueue::Impl::insert(Deadline& deadline) {
  heap.push_back(&deadline);
  sift_up(heap.size() - 1);
}

void DeadlineQueue::Impl::remove(Deadline& deadline) noexcept {
  const auto position = std::exchange(deadline.position_, Deadline::kIdle);
  Deadline* last = heap.back();
  heap.pop_back();
  if (last == &deadline) return;
  place(*last, position);
  sift_up(position);
  sift_down(last->position_);
}

// Disarming and arming later than what the timer is set for leave the timer alone: it fires early, finds nothing due,
// and is set anew. A deadline that is pushed back with every packet thus costs no timer operation.
void DeadlineQueue::Impl::schedule() {
  if (heap.empty() || check_posted) return;
  const TimePoint first = heap.front()->when_;
  if (fake_now) {
    if (first <= *fake_now) post_check();
  } else if (first < timer_set_for) {
    start_timer(first);
  }
}

void DeadlineQueue::Impl::start_timer(TimePoint when) {
  timer_set_for = when;
  timer.expires_at(when);
  timer.async_wait(asio::bind_allocator(HandlerMemory::Allocator<void>(timer_memory), [this](error_code error) {
    if (error) return;
    timer_set_for = TimePoint::max();
    fire();
  }));
}

void DeadlineQueue::Impl::post_check() {
  if (std::exchange(check_posted, true)) return;
  asio::post(context, asio::bind_allocator(HandlerMemory::Allocator<void>(check_memory), [this] {
               check_posted = false;
               fire();
             }));
}

// Deadlines that a callback arms anew for the past wait for the next round, so that the loop is not held up.
void DeadlineQueue::Impl::fire() {
  const TimePoint until = fake_now ? *fake_now : Clock::now();
  auto left = heap.size();
  while (!heap.empty() && left-- > 0 && heap.front()->when_ <= until) {
    Deadline& due = *heap.front();
    remove(due);
    due.owner_.on_deadline(due);
  }
  schedule();
}

DeadlineQueue::DeadlineQueue(asio::io_context& context) : impl_(std::make_unique<Impl>(context)) {}

// Suspended coroutines hold themselves: their handlers are in their own frames. Handed to the context, they go with it.
DeadlineQueue::~DeadlineQueue() {
  while (!impl_->suspended.empty()) impl_->suspended.front().wake(Wake::cancelled);
  for (Deadline* deadline : impl_->heap) deadline->position_ = Deadline::kIdle;
}

TimePoint DeadlineQueue::now() const noexcept { return impl_->fake_now ? *impl_->fake_now : Clock::now(); }

awaitable<error_code> DeadlineQueue::wait_until(TimePoint when) {
  if (co_await cancellation_requested()) co_return wake_error(Wake::cancelled);
  Waiter sleeper(*this);
  const Wake wake = co_await sleeper.wait(when);
  co_return wake == Wake::cancelled ? wake_error(wake) : error_code();
}

void DeadlineQueue::fake_clock() {
  if (impl_->fake_now) return;
  impl_->fake_now = Clock::now();
  impl_->timer.cancel();
  impl_->timer_set_for = TimePoint::max();
}

void DeadlineQueue::advance(Duration duration) {
  *impl_->fake_now += duration;
  impl_->schedule();
}

// "At once" needs no timer, which would cost system calls: this is how busy streams give way to others.
void Deadline::arm(Duration from_now) {
  if (from_now <= Duration::zero()) queue_.impl_->post_check();
  arm_at(queue_.now() + from_now);
}

void Deadline::arm_at(TimePoint when) {
  if (armed()) queue_.impl_->remove(*this);
  when_ = when;
  queue_.impl_->insert(*this);
  queue_.impl_->schedule();
}

void Deadline::disarm() noexcept {
  if (armed()) queue_.impl_->remove(*this);
}

}  // namespace konduit
