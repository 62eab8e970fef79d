#include "konduit/event.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/intrusive/list.hpp>

#include "detail/waiter.hpp"
#include "konduit/shard.hpp"

namespace konduit {

struct Event::Impl {
  explicit Impl(Shard& owner) : shard(owner) {}

  void wake_all(Wake reason) {
    while (!waiters.empty()) waiters.front().wake(reason);
  }

  Shard& shard;
  bool set = false;
  boost::intrusive::list<Waiter, boost::intrusive::base_hook<WaiterListHook>,
                         boost::intrusive::constant_time_size<false>>
      waiters;
};

Event::Event(Shard& shard) : impl_(std::make_unique<Impl>(shard)) {}

Event::~Event() { impl_->wake_all(Wake::cancelled); }

void Event::set() {
  impl_->set = true;
  impl_->wake_all(Wake::ready);
}

void Event::clear() noexcept { impl_->set = false; }

bool Event::is_set() const noexcept { return impl_->set; }

awaitable<error_code> Event::wait(TimePoint deadline) {
  // What cancellation_requested() does, without a frame of its own: every dial waits here.
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return wake_error(Wake::cancelled);
  if (impl_->set) co_return error_code();
  Waiter waiter(impl_->shard.deadlines());
  impl_->waiters.push_back(waiter);
  co_return wake_error(co_await waiter.wait(deadline));
}

}  // namespace konduit
