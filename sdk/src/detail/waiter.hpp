#pragma once

#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <cstdint>
#include <optional>

#include "konduit/asio.hpp"
#include "konduit/deadline.hpp"
#include "konduit/result.hpp"

namespace konduit {

/// Why a suspended coroutine goes on.
enum class Wake : std::uint8_t { ready, timed_out, cancelled };

/// {} or the code that says why a wait failed.
error_code wake_error(Wake wake) noexcept;

struct WaiterListTag;
using WaiterListHook = boost::intrusive::list_base_hook<boost::intrusive::tag<WaiterListTag>,
                                                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
struct SuspendedTag;
using SuspendedHook = boost::intrusive::list_base_hook<boost::intrusive::tag<SuspendedTag>,
                                                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One coroutine that waits for one thing. It lives in the coroutine's own frame, so waiting allocates nothing for it.
/// The first of wake(), the deadline and cancellation decides; the coroutine is resumed from the loop.
class Waiter final : public WaiterListHook, public SuspendedHook, private Deadline::Owner {
 public:
  explicit Waiter(DeadlineQueue& deadlines) noexcept : deadlines_(deadlines), deadline_(deadlines, *this) {}

  enum class Cancellation : bool { ignored, ends_wait };

  /// Suspends the caller. Call it once at a time.
  awaitable<Wake> wait(TimePoint until, Cancellation cancellation = Cancellation::ends_wait);

  /// Resumes the coroutine, if it is suspended. It is safe for the waiter's surroundings to be destroyed after this.
  void wake(Wake reason = Wake::ready);

 private:
  using Token = asio::use_awaitable_t<executor>;
  using Handler = asio::async_result<Token, void(Wake)>::handler_type;

  void suspend(Handler handler, TimePoint until, Cancellation cancellation);
  void on_deadline(Deadline&) override { wake(Wake::timed_out); }

  DeadlineQueue& deadlines_;
  Deadline deadline_;
  std::optional<Handler> handler_;
};

/// True if the calling coroutine was asked to end. Switches it to error codes instead of exceptions.
awaitable<bool> cancellation_requested();

}  // namespace konduit
