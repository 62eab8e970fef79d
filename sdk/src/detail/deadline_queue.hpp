#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <optional>
#include <vector>

#include "detail/handler_memory.hpp"
#include "detail/waiter.hpp"
#include "konduit/deadline.hpp"

namespace konduit {

/// A binary heap of armed deadlines; each knows its place in it.
struct DeadlineQueue::Impl {
  explicit Impl(asio::io_context& io) : context(io), timer(io.get_executor()) {}

  void insert(Deadline& deadline);
  void remove(Deadline& deadline) noexcept;
  /// Makes sure that the loop comes back when the earliest deadline has come.
  void schedule();
  /// Comes back at once instead, through the loop.
  void post_check();
  void fire();

  asio::io_context& context;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, executor> timer;
  TimePoint timer_set_for = TimePoint::max();
  std::vector<Deadline*> heap;
  std::optional<TimePoint> fake_now;
  bool check_posted = false;
  std::shared_ptr<HandlerMemory> timer_memory = std::make_shared<HandlerMemory>();
  std::shared_ptr<HandlerMemory> check_memory = std::make_shared<HandlerMemory>();
  boost::intrusive::list<Waiter, boost::intrusive::base_hook<SuspendedHook>,
                         boost::intrusive::constant_time_size<false>>
      suspended;

 private:
  void place(Deadline& deadline, std::size_t position) noexcept;
  void sift_up(std::size_t position) noexcept;
  void sift_down(std::size_t position) noexcept;
  void start_timer(TimePoint when);
};

}  // namespace konduit
