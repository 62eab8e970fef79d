#include "http-connect/part.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace konduit::http_connect {
namespace {

// On draining, for clients whose handshake or request is still on its way.
constexpr auto kHeadPatience = std::chrono::seconds(1);

}  // namespace

HttpConnectPart::HttpConnectPart(Shard& shard, Dialer& dialer, AuthenticatorPart* authenticator, Host& host,
                                 const Settings& settings, std::shared_ptr<Listener> listener)
    : shard_(shard),
      listener_(std::move(listener)),
      measures_(host.metrics()),
      surroundings_{.shard = shard,
                    .dialer = dialer,
                    .authenticator = authenticator,
                    .log = host.log(),
                    .measures = measures_,
                    .settings = settings,
                    .frontend = host.id()},
      heads_(shard),
      requests_(shard),
      idle_(shard) {
  idle_.set();
}

awaitable<void> HttpConnectPart::start() {
  listener_->start(shard_, *this);
  co_return;
}

awaitable<void> HttpConnectPart::drain(TimePoint deadline) {
  const TimePoint patience = std::min(deadline, shard_.now() + kHeadPatience);
  co_await listener_->drain(shard_, patience);
  const error_code busy = co_await idle_.wait(patience);
  if (!busy) co_return;
  heads_.cancel();
  co_await idle_.wait(deadline);
}

awaitable<void> HttpConnectPart::stop() {
  listener_->stop(shard_);
  heads_.cancel();
  requests_.cancel();
  co_await heads_.join();
  co_await requests_.join();
}

void HttpConnectPart::on_connection(Connection connection) { begin(heads_, welcome(this, std::move(connection))); }

awaitable<void> HttpConnectPart::welcome(HttpConnectPart* self, Connection connection) {
  self->measures_.connections().add(1);
  Arrival arrival;
  arrival.connection = std::move(connection);
  const bool wanted = co_await read_head(&self->surroundings_, &arrival);
  if (wanted) self->begin(self->requests_, serve(self, std::move(arrival)));
  self->measures_.connections().add(-1);
  self->end();
}

awaitable<void> HttpConnectPart::serve(HttpConnectPart* self, Arrival arrival) {
  self->measures_.connections().add(1);
  co_await connect(&self->surroundings_, std::move(arrival));
  self->measures_.connections().add(-1);
  self->end();
}

bool HttpConnectPart::begin(TaskGroup& group, awaitable<void> task) {
  if (!group.spawn(std::move(task))) return false;
  ++pending_;
  idle_.clear();
  return true;
}

void HttpConnectPart::end() {
  if (--pending_ == 0) idle_.set();
}

}  // namespace konduit::http_connect
