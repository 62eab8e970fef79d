// Included by the plugins' source and by the test: what each library does on its own.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

#include "konduit/stream_io.hpp"
#include "probe.hpp"

namespace konduit::shared_runtime {
namespace {

using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, executor>;
using TimerService = asio::detail::deadline_timer_service<asio::detail::chrono_time_traits<Clock, asio::wait_traits<Clock>>>;

std::array<const void*, 3> services(asio::io_context& context) {
  return {&asio::use_service<asio::detail::scheduler>(context), &asio::use_service<asio::detail::epoll_reactor>(context),
          &asio::use_service<TimerService>(context)};
}

std::array<const boost::system::error_category*, 6> categories() {
  return {&asio::error::get_system_category(),   &asio::error::get_misc_category(), &asio::error::get_netdb_category(),
          &asio::error::get_addrinfo_category(), &asio::error::get_ssl_category(),  &stream_category()};
}

bool on_the_loop(Shard& shard) { return shard.get_executor().running_in_this_thread(); }

error_code end_of_stream_code() { return StreamErrc::end_of_stream; }

bool recognizes_end_of_stream(const error_code& code) { return end_of_stream(code); }

awaitable<void> converse(Shard* shard, StreamPtr inner, std::shared_ptr<TlsContext> context, bool server,
                         std::string greeting, Report* report) {
  constexpr auto kTuple = asio::as_tuple(asio::use_awaitable_t<executor>());
  Timer timer(shard->get_executor(), std::chrono::milliseconds(1));
  std::tie(report->own_timer) = co_await timer.async_wait(kTuple);
  report->deadline = co_await shard->deadlines().wait(std::chrono::milliseconds(1));
  report->on_the_loop = on_the_loop(*shard);
  report->current = Shard::current();

  const TimePoint deadline = shard->now() + std::chrono::seconds(10);
  Result<TlsSession> session = StreamErrc::closed;
  if (server) {
    session = co_await tls_accept(*shard, std::move(inner), context, deadline, &report->text);
  } else {
    session = co_await tls_connect(*shard, std::move(inner), context, "localhost", deadline, &report->text);
  }
  if (session) {
    StreamIo io(*shard, *session->stream);
    BufferQueue queue;
    queue.push_back(shard->pool().copy(greeting));
    (void)co_await io.write_all(queue, deadline);
    (void)co_await io.read_some(queue, deadline);
    session->stream->close();
    // Destruction before this would be a reset, which drops what the other end has not read yet.
    (void)co_await io.closed(deadline);
    report->received = queue.empty() ? std::string() : std::string(queue.front().text());
  } else {
    report->handshake = session.error();
  }
  report->done = true;
}

}  // namespace

const Probe& probe() {
  static constexpr Probe kProbe{services, categories, on_the_loop, end_of_stream_code, recognizes_end_of_stream, converse};
  return kProbe;
}

}  // namespace konduit::shared_runtime
