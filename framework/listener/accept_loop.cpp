#include "listener/accept_loop.hpp"

#include <boost/asio/error.hpp>

#include <utility>

#include "konduit/shard.hpp"

namespace konduit::listener {

AcceptLoop::AcceptLoop(Shard& shard, std::unique_ptr<Acceptor> acceptor, std::shared_ptr<TlsContext> tls,
                       Listener::Handler& handler, Logger& log, std::shared_ptr<Metrics> metrics, std::string url,
                       const AcceptLimits& limits)
    : shard_(shard),
      acceptor_(std::move(acceptor)),
      tls_(std::move(tls)),
      handler_(&handler),
      log_(log),
      url_(std::move(url)),
      limits_(limits),
      handshakes_(shard),
      turn_(shard),
      room_(shard),
      ended_(shard),
      metrics_(std::move(metrics)),
      accepted_(metrics_->counter("konduit_connections_accepted_total", "Connections accepted.")),
      accept_errors_(metrics_->counter("konduit_accept_errors_total", "Failed attempts to accept a connection.")),
      handshake_errors_(metrics_->counter("konduit_handshake_errors_total", "TLS handshakes that failed.")),
      handshakes_given_up_(metrics_->counter("konduit_handshakes_given_up_total",
                                             "TLS handshakes that gave way because all places were taken.")) {
  turn_.set();
}

awaitable<void> AcceptLoop::run() {
  while (!closed_) {
    if (co_await turn_.wait() || closed_) break;
    TaskGroup accepting(shard_);
    accepting_ = &accepting;
    accepting.spawn(accept());
    co_await accepting.join();
    accepting_ = nullptr;
  }
  if (its_turn_) accept_rest();
  acceptor_.reset();  // a socket is open for as long as one of its duplicates is
  if (!handler_) handshakes_.cancel();
  co_await handshakes_.join();
  ended_.set();
}

void AcceptLoop::pause() {
  turn_.clear();
  if (accepting_) accepting_->cancel();
}

void AcceptLoop::resume() { turn_.set(); }

void AcceptLoop::close() {
  if (std::exchange(closed_, true)) return;
  its_turn_ = turn_.is_set();
  pause();
  turn_.set();
}

void AcceptLoop::stop() {
  close();
  handler_ = nullptr;
  handshakes_.cancel();
}

awaitable<void> AcceptLoop::accept() {
  while (!accepting_->closed()) {
    auto accepted = co_await acceptor_->accept();
    if (accepted.has_error()) {
      if (!accepting_->closed()) co_await wait_out(accepted.error());
      continue;
    }
    failing_ = false;
    begin(std::move(*accepted));
    while (under_way_.size() > limits_.handshakes && !accepting_->closed()) co_await make_room();
  }
}

void AcceptLoop::begin(Acceptor::Accepted accepted) {
  accepted_.add();
  if (!tls_) return hand_over({std::move(accepted.stream), {.address = std::move(accepted.address)}, {}});
  auto place = std::make_unique<WaitingLine::Place>(under_way_, shard_.now());
  TaskGroup::Handle& task = place->task;
  handshakes_.spawn(handshake(std::move(accepted), std::move(place)), task);
}

/// Whoever connected before the end is let in: a balancer cannot send elsewhere what was accepted already.
void AcceptLoop::accept_rest() {
  while (handler_ && under_way_.size() <= limits_.handshakes) {
    auto accepted = acceptor_->take();
    if (!accepted || accepted->has_error()) return;
    begin(std::move(**accepted));
  }
}

/// Ends the oldest handshake that has had its sure time, or waits until one has ended or has had it.
awaitable<void> AcceptLoop::make_room() {
  room_.clear();
  const auto oldest = under_way_.oldest();
  TimePoint due = oldest ? *oldest + limits_.sure_time : TimePoint::max();
  if (due <= shard_.now() && under_way_.give_way()) {
    handshakes_given_up_.add();
    due = TimePoint::max();
  }
  co_await room_.wait(due);
}

awaitable<void> AcceptLoop::handshake(Acceptor::Accepted accepted, std::unique_ptr<WaitingLine::Place> place) {
  std::string why;
  const TimePoint deadline = shard_.now() + limits_.handshake_timeout;
  auto session = co_await tls_accept(shard_, std::move(accepted.stream), tls_, deadline, &why);
  place.reset();
  room_.set();
  if (session.has_value()) {
    hand_over({std::move(session->stream),
               {.address = std::move(accepted.address), .certificate = std::move(session->peer)},
               std::move(session->alpn)});
  } else if (session.error() != asio::error::operation_aborted) {
    handshake_failed(accepted.address, why);
  }
}

void AcceptLoop::handshake_failed(const std::string& peer, const std::string& why) {
  handshake_errors_.add();
  const auto tell_untold = [this](std::uint64_t count) {
    log_.info("more TLS handshakes failed, which is not told of each", {{"listener", url_}, {"count", count}});
  };
  if (!failures_told_.pass(shard_.now(), tell_untold)) return;
  log_.info("TLS handshake failed", {{"listener", url_}, {"peer", peer}, {"error", why}});
}

void AcceptLoop::hand_over(Connection connection) {
  if (handler_) handler_->on_connection(std::move(connection));
}

awaitable<void> AcceptLoop::wait_out(error_code error) {
  accept_errors_.add();
  if (!std::exchange(failing_, true)) {
    log_.warning("cannot accept connections for now", {{"listener", url_}, {"error", error.message()}});
  }
  co_await shard_.deadlines().wait(limits_.retry);
}

}  // namespace konduit::listener
