#include "listener/accept_loop.hpp"

#include <boost/asio/error.hpp>

#include <utility>

#include "konduit/shard.hpp"

namespace konduit::listener {

AcceptLoop::AcceptLoop(Shard& shard, std::unique_ptr<Acceptor> acceptor, std::shared_ptr<TlsContext> tls,
                       Listener::Handler& handler, Logger& log, std::shared_ptr<Metrics> metrics, std::string url)
    : shard_(shard),
      acceptor_(std::move(acceptor)),
      tls_(std::move(tls)),
      handler_(&handler),
      log_(log),
      url_(std::move(url)),
      tasks_(shard),
      stopped_(shard),
      room_(shard),
      metrics_(std::move(metrics)),
      accepted_(metrics_->counter("konduit_connections_accepted_total", "Connections accepted.")),
      accept_errors_(metrics_->counter("konduit_accept_errors_total", "Failed attempts to accept a connection.")),
      handshake_errors_(metrics_->counter("konduit_handshake_errors_total", "TLS handshakes that failed.")) {}

awaitable<void> AcceptLoop::run() {
  tasks_.spawn(accept());
  co_await stopped_.wait();
  tasks_.cancel();
  co_await tasks_.join();
}

void AcceptLoop::stop() {
  handler_ = nullptr;
  tasks_.cancel();
  stopped_.set();
}

awaitable<void> AcceptLoop::accept() {
  while (handler_) {
    auto accepted = co_await acceptor_->accept();
    if (accepted.has_error()) {
      if (accepted.error() == asio::error::operation_aborted) co_return;
      co_await wait_out(accepted.error());
      continue;
    }
    failing_ = false;
    accepted_.add();
    if (!tls_) {
      hand_over({std::move(accepted->stream), {.address = std::move(accepted->address)}, {}});
      continue;
    }
    while (handler_ && handshakes_ >= limits_.handshakes) {
      room_.clear();
      if (co_await room_.wait()) co_return;
    }
    ++handshakes_;
    if (!tasks_.spawn(handshake(std::move(*accepted)))) co_return;
  }
}

awaitable<void> AcceptLoop::handshake(Acceptor::Accepted accepted) {
  std::string why;
  const TimePoint deadline = shard_.now() + limits_.handshake_timeout;
  auto session = co_await tls_accept(shard_, std::move(accepted.stream), tls_, deadline, &why);
  --handshakes_;
  room_.set();
  if (session.has_value()) {
    hand_over({std::move(session->stream),
               {.address = std::move(accepted.address), .certificate = std::move(session->peer)},
               std::move(session->alpn)});
  } else if (session.error() != asio::error::operation_aborted) {
    handshake_errors_.add();
    log_.info("TLS handshake failed", {{"listener", url_}, {"peer", accepted.address}, {"error", why}});
  }
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
