#include "detail/waiter.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

#include "detail/deadline_queue.hpp"

namespace konduit {

error_code wake_error(Wake wake) noexcept {
  switch (wake) {
    case Wake::ready: return {};
    case Wake::timed_out: return StreamErrc::timed_out;
    case Wake::cancelled: break;
  }
  return asio::error::operation_aborted;
}

awaitable<Wake> Waiter::wait(TimePoint until, Cancellation cancellation) {
  return asio::async_initiate<const Token, void(Wake)>(
      [this, until, cancellation](auto handler) { suspend(std::move(handler), until, cancellation); }, Token());
}

void Waiter::suspend(Handler handler, TimePoint until, Cancellation cancellation) {
  auto slot = asio::get_associated_cancellation_slot(handler);
  handler_.emplace(std::move(handler));
  deadlines_.impl_->suspended.push_back(*this);
  // The handler clears the slot when it completes, before this frame can go away.
  if (cancellation == Cancellation::ends_wait && slot.is_connected()) {
    slot.assign([this](asio::cancellation_type) { wake(Wake::cancelled); });
  }
  if (until != TimePoint::max()) deadline_.arm_at(until);
}

void Waiter::wake(Wake reason) {
  if (!handler_) return;
  auto handler = std::move(*handler_);
  handler_.reset();
  deadline_.disarm();
  WaiterListHook::unlink();
  SuspendedHook::unlink();
  asio::post(deadlines_.impl_->context, [handler = std::move(handler), reason]() mutable { handler(reason); });
}

awaitable<bool> cancellation_requested() {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace konduit
