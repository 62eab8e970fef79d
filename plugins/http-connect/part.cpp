#include "http-connect/part.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace konduit::http_connect {
namespace {

// On draining, for clients whose handshake or request is still on its way.
constexpr auto kHeadPatience = std::chrono::seconds(1);
// Clients of a shard that may keep what they want to themselves; as many as on the agents' port.
constexpr std::size_t kStrangers = 1024;

awaitable<void> welcome(std::unique_ptr<Request> request, std::unique_ptr<WaitingLine::Place> place) {
  co_await Request::welcome(std::move(request));
  place.reset();
}

}  // namespace

HttpConnectPart::HttpConnectPart(Shard& shard, Dialer& dialer, AuthenticatorPart* authenticator, Host& host,
                                 const Settings& settings, std::shared_ptr<Listener> listener)
    : shard_(shard),
      listener_(std::move(listener)),
      measures_(host.metrics()),
      in_flight_(shard),
      heads_(shard),
      requests_(shard),
      surroundings_{.shard = shard,
                    .dialer = dialer,
                    .authenticator = authenticator,
                    .log = host.log(),
                    .measures = measures_,
                    .in_flight = in_flight_,
                    .tasks = requests_,
                    .settings = settings,
                    .frontend = host.id()} {}

awaitable<void> HttpConnectPart::start() {
  listener_->start(shard_, *this);
  co_return;
}

awaitable<void> HttpConnectPart::drain(TimePoint deadline) {
  const TimePoint patience = std::min(deadline, shard_.now() + kHeadPatience);
  co_await listener_->drain(shard_, patience);
  const error_code busy = co_await in_flight_.none(patience);
  if (!busy) co_return;
  heads_.cancel();
  co_await in_flight_.none(deadline);
}

awaitable<void> HttpConnectPart::stop() {
  listener_->stop(shard_);
  heads_.cancel();
  requests_.cancel();
  co_await heads_.join();
  co_await requests_.join();
}

void HttpConnectPart::on_connection(Connection connection) {
  auto request = std::make_unique<Request>(surroundings_, std::move(connection));
  // Most clients have sent their head by the time that they are accepted.
  if (request->take_head()) {
    Request::begin(std::move(request));
  } else {
    if (strangers_.size() >= kStrangers && strangers_.give_way()) measures_.given_up();
    auto place = std::make_unique<WaitingLine::Place>(strangers_, shard_.now());
    TaskGroup::Handle& task = place->task;
    heads_.spawn(welcome(std::move(request), std::move(place)), task);
  }
}

}  // namespace konduit::http_connect
