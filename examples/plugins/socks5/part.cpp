#include "part.hpp"

#include <utility>

#include <konduit/shard.hpp>

#include "session.hpp"

namespace socks5 {

using konduit::awaitable;

Socks5Part::Socks5Part(konduit::Shard& shard, konduit::Dialer& dialer, konduit::AuthenticatorPart* authenticator,
                       konduit::Host& host, const Settings& settings, std::shared_ptr<konduit::Listener> listener)
    : shard_(shard),
      dialer_(dialer),
      authenticator_(authenticator),
      host_(host),
      settings_(settings),
      listener_(std::move(listener)),
      clients_(host.metrics().gauge("konduit_socks5_clients", "Clients that have no tunnel yet.")),
      tunnels_(host.metrics().counter("konduit_socks5_tunnels_total", "Requests that were answered with a tunnel.")),
      refusals_(host.metrics().counter("konduit_socks5_refusals_total", "Clients and requests that were refused.")),
      sessions_(shard),
      idle_(shard) {
  idle_.set();
}

awaitable<void> Socks5Part::start() {
  listener_->start(shard_, *this);
  co_return;
}

awaitable<void> Socks5Part::drain(konduit::TimePoint deadline) {
  listener_->stop(shard_);
  co_await idle_.wait(deadline);
}

awaitable<void> Socks5Part::stop() {
  listener_->stop(shard_);
  sessions_.cancel();
  co_await sessions_.join();
}

void Socks5Part::on_connection(konduit::Connection connection) {
  if (sessions_.spawn(serve(this, std::move(connection)))) idle_.clear();
}

awaitable<void> Socks5Part::serve(Socks5Part* self, konduit::Connection connection) {
  self->clients_.add(1);
  {
    Session session(*self, std::move(connection));
    co_await Session::run(&session);
  }
  self->clients_.add(-1);
  if (self->sessions_.size() == 1) self->idle_.set();
}

}  // namespace socks5
