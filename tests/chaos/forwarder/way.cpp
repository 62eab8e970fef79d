#include "chaos/forwarder/way.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace konduit::chaos {

namespace {

constexpr std::size_t kRoom = 4 * 1024 * 1024;
constexpr std::size_t kRead = 64 * 1024;
constexpr Duration kLookAgain = std::chrono::milliseconds(10);
constexpr asio::use_awaitable_t<executor> kUse;
constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> kTuple;

}  // namespace

Way::Way(TcpSocket& source, TcpSocket& sink, Conditions& conditions, std::uint64_t seed)
    : source_(source),
      sink_(sink),
      conditions_(conditions),
      random_(seed),
      pause_(source.get_executor()),
      clock_(source.get_executor()),
      arrived_(source.get_executor(), TimePoint::max()),
      room_(source.get_executor(), TimePoint::max()) {}

awaitable<void> Way::run() {
  using namespace asio::experimental::awaitable_operators;
  co_await failure_of(take_in() && deliver());
}

awaitable<void> Way::wait_while_stalled(Timer& timer) {
  while (conditions_.stalled) {
    timer.expires_after(kLookAgain);
    co_await timer.async_wait(kUse);
  }
}

awaitable<void> Way::take_in() {
  std::vector<char> memory(kRead);
  for (;;) {
    co_await wait_while_stalled(pause_);
    const auto [error, count] = co_await source_.async_read_some(asio::buffer(memory), kTuple);
    if (error == asio::error::eof) break;
    if (error) throw boost::system::system_error(error);
    push({memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(count)});
    while (held_ > kRoom) co_await room_.async_wait(kTuple);
  }
  push({});
}

void Way::push(std::vector<char> bytes) {
  tamper_with(bytes, conditions_);
  last_due_ = std::max(last_due_, Clock::now() + latency(conditions_, random_));
  held_ += bytes.size();
  pieces_.push_back({last_due_, std::move(bytes)});
  arrived_.cancel();
}

awaitable<void> Way::deliver() {
  for (;;) {
    while (pieces_.empty()) co_await arrived_.async_wait(kTuple);
    if (pieces_.front().due > Clock::now()) {
      clock_.expires_at(pieces_.front().due);
      co_await clock_.async_wait(kUse);
    }
    co_await wait_while_stalled(clock_);
    std::vector<char> bytes = std::move(pieces_.front().bytes);
    pieces_.pop_front();
    held_ -= bytes.size();
    room_.cancel();
    if (bytes.empty()) break;
    co_await write(std::move(bytes));
  }
  sink_.shutdown(TcpSocket::shutdown_send);
}

awaitable<void> Way::write(std::vector<char> bytes) {
  for (std::size_t done = 0; done != bytes.size();) {
    // What conditions allow may change with every piece.
    const std::uint64_t rate = conditions_.rate;
    std::size_t size = std::min(bytes.size() - done, conditions_.piece);
    if (rate != 0) size = std::min<std::size_t>(size, std::max<std::uint64_t>(rate / 50, 1));
    done += co_await sink_.async_write_some(asio::buffer(bytes.data() + done, size), kUse);
    if (rate == 0) continue;
    clock_.expires_after(std::chrono::nanoseconds(1'000'000'000 * size / rate));
    co_await clock_.async_wait(kUse);
  }
}

}  // namespace konduit::chaos
