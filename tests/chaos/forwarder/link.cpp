#include "chaos/forwarder/link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>
#include <vector>

#include "chaos/forwarder/way.hpp"

namespace konduit::chaos {

namespace {

void reset(TcpSocket& socket) noexcept {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace

Link::Link(TcpSocket accepted, BothWays& conditions, std::uint64_t seed)
    : accepted_(std::move(accepted)), connected_(accepted_.get_executor()), conditions_(conditions), seed_(seed) {}

awaitable<void> Link::run(asio::ip::tcp::endpoint target) {
  bool broken = false;
  try {
    co_await forward(target);
  } catch (const boost::system::system_error&) {
    broken = true;
  }
  if (kept_ != nullptr) co_await stay_silent(*kept_);
  // A side that failed takes the other one with it.
  if (broken) cut();
}

awaitable<void> Link::forward(asio::ip::tcp::endpoint target) {
  using namespace asio::experimental::awaitable_operators;
  if (!accepted_.is_open()) co_return;
  co_await connected_.async_connect(target, asio::use_awaitable_t<executor>());
  for (TcpSocket* socket : {&accepted_, &connected_}) socket->set_option(asio::ip::tcp::no_delay(true));
  Way up(accepted_, connected_, conditions_.up, seed_);
  Way down(connected_, accepted_, conditions_.down, ~seed_);
  co_await failure_of(up.run() && down.run());
}

awaitable<void> Link::stay_silent(TcpSocket& socket) {
  std::vector<char> dropped(64 * 1024);
  for (;;) {
    const auto [error, count] =
        co_await socket.async_read_some(asio::buffer(dropped), asio::as_tuple(asio::use_awaitable_t<executor>()));
    if (error) co_return;
  }
}

void Link::cut() noexcept {
  reset(accepted_);
  reset(connected_);
}

void Link::half_open(Side kept) noexcept {
  kept_ = kept == Side::accepted ? &accepted_ : &connected_;
  reset(kept == Side::accepted ? connected_ : accepted_);
}

}  // namespace konduit::chaos
