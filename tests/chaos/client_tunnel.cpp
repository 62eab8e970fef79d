#include "chaos/client_tunnel.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace konduit::chaos {

namespace {

/// The server said no: the dial failed, and nothing was promised.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace

ClientTunnel::ClientTunnel(executor where, std::string door, const TunnelPlan& plan, TunnelRecord& record,
                           std::mt19937_64& random)
    : door_(std::move(door)),
      plan_(plan),
      record_(record),
      random_(random),
      wire_(StreamSocket(where)),
      pause_(where),
      watch_(where) {}

awaitable<void> ClientTunnel::run() {
  using namespace asio::experimental::awaitable_operators;
  record_.dialled = Clock::now();
  if (plan_.leaves_before != Duration::zero()) leaving_at_ = record_.dialled + some_part_of(plan_.leaves_before);
  const auto first = co_await (converse() || watch());
  wire_.close();
  record_.ended = Clock::now();
  // Last: it says that nobody writes to the record any more.
  record_.outcome = first.index() == 0 && !gave_up_ ? outcome_ : outcome_by_watch();
}

Outcome ClientTunnel::outcome_by_watch() {
  if (!gave_up_ && record_.ended >= leaving_at_) return Outcome::left;
  record_.text = "nothing moved for " + std::to_string(plan_.patience / std::chrono::seconds(1)) + " s";
  return Outcome::hung;
}

awaitable<void> ClientTunnel::watch() {
  for (;;) {
    const TimePoint limit = std::min(leaving_at_, std::max(wire_.moved_at(), pausing_until_) + plan_.patience);
    if (Clock::now() >= limit || gave_up_) co_return;
    watch_.expires_at(limit);
    co_await watch_.async_wait(asio::as_tuple(asio::use_awaitable_t<executor>()));
  }
}

awaitable<void> ClientTunnel::converse() {
  try {
    co_await converse_or_throw();
    outcome_ = Outcome::completed;
  } catch (const Corruption& error) {
    outcome_ = Outcome::corrupted;
    record_.text = error.what();
  } catch (const boost::system::system_error& error) {
    outcome_ = record_.was_established() ? Outcome::broken : Outcome::refused;
    record_.text = error.code().message();
  } catch (const std::exception& error) {
    outcome_ = record_.was_established() ? Outcome::broken : Outcome::refused;
    record_.text = error.what();
  }
}

awaitable<void> ClientTunnel::converse_or_throw() {
  co_await dial();
  for (;;) {
    const bool last = last_exchange();
    co_await exchange(last);
    if (last) break;
    co_await pause();
  }
  if (plan_.half_close) co_await wire_.read_end();
}

awaitable<void> ClientTunnel::dial() {
  const asio::local::stream_protocol::endpoint door(door_);
  co_await wire_.socket().async_connect(door, asio::use_awaitable_t<executor>());
  co_await wire_.write_text("CONNECT " + plan_.target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const std::string head = co_await wire_.read_head();
  const std::string status = head.substr(0, head.find("\r\n"));
  if (!status.starts_with("HTTP/1.1 200 ")) throw Refusal(status);
  const Hello hello = co_await wire_.read_value<Hello>();
  if (hello.magic != Hello::kMagic) throw Corruption("these are not the endpoint's first bytes");
  record_.exit_port = static_cast<std::uint16_t>(hello.port);
  record_.established = Clock::now();
}

awaitable<void> ClientTunnel::exchange(bool last) {
  using namespace asio::experimental::awaitable_operators;
  const Request request{.seed = random_(),
                        .up = size_in(plan_.up),
                        .down = size_in(plan_.down),
                        .endpoint_reads = plan_.endpoint_reads,
                        .endpoint_writes = plan_.endpoint_writes,
                        .reset_after = plan_.reset_after};
  co_await wire_.write_value(request);
  const std::uint64_t sent = co_await failure_of(wire_.read_pattern(~request.seed, request.down, plan_.reads) &&
                                                 send(request.seed, request.up, last));
  const Receipt receipt = co_await wire_.read_value<Receipt>();
  if (receipt.magic != Receipt::kMagic) throw Corruption("these are not the bytes of a receipt");
  if (receipt.received != request.up || receipt.checksum != sent) {
    throw Corruption("the endpoint received other bytes than were sent");
  }
  ++record_.exchanges;
  record_.verified += request.up + request.down;
}

/// The checksum of what it sent.
awaitable<std::uint64_t> ClientTunnel::send(std::uint64_t seed, std::uint64_t size, bool last) {
  Checksum checksum;
  co_await wire_.write_pattern(seed, size, plan_.writes, &checksum);
  if (last && plan_.half_close) wire_.half_close();
  co_return checksum.value();
}

awaitable<void> ClientTunnel::pause() {
  if (finishing_ || plan_.pause == Duration::zero()) co_return;
  pausing_until_ = Clock::now() + plan_.pause;
  const bool readable = co_await wire_.readable_before(pause_, pausing_until_);
  pausing_until_ = {};
  // Nobody was asked for anything: this is the end, or wrong.
  if (!readable) co_return;
  co_await wire_.read_end();
  throw boost::system::system_error(asio::error::eof);
}

void ClientTunnel::finish() {
  finishing_ = true;
  pause_.cancel();
}

void ClientTunnel::give_up() {
  gave_up_ = true;
  watch_.cancel();
}

bool ClientTunnel::last_exchange() const noexcept {
  return plan_.exchanges == 0 ? finishing_ : record_.exchanges + 1 >= plan_.exchanges;
}

Duration ClientTunnel::some_part_of(Duration whole) {
  return std::chrono::duration_cast<Duration>(whole * std::uniform_real_distribution<double>(0, 1)(random_));
}

std::uint64_t ClientTunnel::size_in(Range range) {
  return std::uniform_int_distribution<std::uint64_t>(range.least, range.most)(random_);
}

}  // namespace konduit::chaos
