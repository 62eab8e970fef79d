#include "http-connect/request.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "http-connect/farewell.hpp"
#include "http-connect/gate.hpp"
#include "konduit/stream_io.hpp"

namespace konduit::http_connect {
namespace {

// A backend that keeps its deadline answers before this.
constexpr auto kDialGrace = std::chrono::seconds(1);
// The answer is a few bytes on a connection that has carried none: who does not take them is gone.
constexpr auto kAnswerPatience = std::chrono::seconds(10);
constexpr ReadShape kPieceOfHead{.headroom = 0, .payload = 4 * 1024, .limit = 4 * 1024};

}  // namespace

Measures::Measures(Metrics& metrics)
    : connections_(
          metrics.gauge("konduit_frontend_connections", "Client connections that are open, tunnels included.")),
      given_up_(metrics.counter("konduit_http_connect_clients_given_up_total",
                                "Connections that were closed because too many clients had not said what they want.")),
      write_waits_(metrics.histogram("konduit_http_connect_write_wait_seconds",
                                     "How long bytes of tunnels waited until their client took them.",
                                     {0.000001, 0.00001, 0.0001, 0.005, 0.025, 0.1, 0.5, 2.5, 12.5})) {
  for (std::size_t i = 0; i < kStatuses.size(); ++i) {
    requests_[i] = &metrics.counter("konduit_http_connect_requests_total",
                                    "Requests by the status that they were answered with; 499: the client left before.",
                                    {{"code", std::to_string(kStatuses[i])}});
  }
}

void Measures::answered(unsigned status) noexcept {
  const auto* at = std::ranges::find(kStatuses, status);
  if (at != kStatuses.end()) requests_[static_cast<std::size_t>(at - kStatuses.begin())]->add();
}

Request::Request(const Surroundings& surroundings, Connection connection)
    : surroundings_(surroundings),
      connection_(std::move(connection)),
      parser_(std::in_place, surroundings.settings.max_head),
      patience_(surroundings.shard.deadlines(), *this) {
  surroundings_.measures.connections().add(1);
  surroundings_.in_flight.enter();
}

Request::~Request() {
  if (connection_.stream) unwatch();
  surroundings_.measures.connections().add(-1);
  surroundings_.in_flight.leave();
}

HeadState Request::feed() { return state_ = parser_->feed(received_, surroundings_.shard.pool()); }

bool Request::take_head() {
  while (state_ == HeadState::incomplete) {
    const auto got = connection_.stream->try_read(received_, kPieceOfHead);
    if (!got) return false;  // an end is told again to whoever waits
    feed();
  }
  return true;
}

awaitable<void> Request::welcome(std::unique_ptr<Request> request) {
  const TimePoint deadline = request->surroundings_.shard.now() + request->surroundings_.settings.head_timeout;
  error_code failure;
  {
    StreamIo io(request->surroundings_.shard, *request->connection_.stream);
    while (!failure && request->state_ == HeadState::incomplete) {
      const auto got = co_await io.read_some(request->received_, deadline, kPieceOfHead);
      if (got) {
        request->feed();
      } else {
        failure = got.error();
      }
    }
  }
  // Port checks and the like connect and say nothing.
  if (failure && (failure != StreamErrc::timed_out || request->parser_->untouched())) {
    if (!request->parser_->untouched()) request->surroundings_.measures.abandoned();
    co_return;
  }
  request->slow_ = bool(failure);
  begin(std::move(request));
}

void Request::begin(std::unique_ptr<Request> request) {
  TaskGroup& tasks = request->surroundings_.tasks;
  TaskGroup::Handle& handle = request->task_;
  tasks.spawn(serve(std::move(request)), handle);
}

/// Why there is nothing to dial.
std::optional<Reply> Request::judge() {
  if (slow_) return reply_to_slowness();
  if (state_ == HeadState::malformed) return reply_to_malformed(parser_->error());
  if (state_ == HeadState::too_large) return reply_to_size(surroundings_.settings.max_head);
  head_ = parser_->head();
  parser_.reset();
  if (head_.method != "CONNECT") return reply_to_method();
  auto target = Target::parse(head_.target);
  if (!target) return reply_to_target(head_.target);
  target_ = std::move(*target);
  return std::nullopt;
}

awaitable<void> Request::serve(std::unique_ptr<Request> self) {
  Outcome outcome;
  if (auto refusal = self->judge()) {
    outcome = std::move(*refusal);
  } else {
    outcome = co_await dial(self.get());
  }
  if (std::holds_alternative<std::unique_ptr<Tunnel>>(outcome)) {
    BufferQueue answer;
    answer.push_back(self->surroundings_.shard.pool().copy(kEstablished));
    // Nearly always all of it is taken here. An error is told once more.
    (void)self->connection_.stream->try_write(answer);
    if (!answer.empty()) {
      const bool sent = co_await send(self.get(), &answer);
      if (!sent) outcome = Outcome();
    }
  }
  conclude(std::move(self), std::move(outcome));
}

/// monostate when nobody waits for an answer any more.
awaitable<Request::Outcome> Request::dial(Request* self) {
  DialRequest request = self->dial_request();
  self->watch(request.deadline + kDialGrace);
  Outcome outcome;
  if (self->surroundings_.authenticator) outcome = co_await admit(self, &request);
  if (std::holds_alternative<std::monostate>(outcome)) {
    auto dialled = co_await self->surroundings_.dialer.dial(std::move(request));
    if (dialled) {
      outcome = std::move(*dialled);
    } else {
      outcome = reply_to_dial(dialled.error());
    }
  }
  self->unwatch();
  const auto state = co_await asio::this_coro::cancellation_state;
  const bool cancelled = state.cancelled() != asio::cancellation_type::none;
  if (self->gone_ || (cancelled && !self->late_)) co_return Outcome();
  // A tunnel as well: this task has been cancelled, and could not wait for the client to take its answer.
  if (self->late_) {
    co_return reply_to_dial({.code = DialErrc::timeout, .text = "the dial timed out"});
  }
  co_return outcome;
}

DialRequest Request::dial_request() {
  DialRequest request;
  request.target = std::move(target_);
  request.peer = connection_.peer;
  request.deadline = surroundings_.shard.now() + surroundings_.settings.dial_timeout;
  request.frontend = surroundings_.frontend;
  return request;
}

/// A refusal, or monostate for who is let in.
awaitable<Request::Outcome> Request::admit(Request* self, DialRequest* request) {
  const Credentials credentials{.peer = &request->peer, .token = self->head_.bearer_token};
  auto identity = co_await identify(*self->surroundings_.authenticator, credentials, self->surroundings_.log);
  if (!identity) co_return reply_to_refusal(identity.error());
  identity->assign_to(request->peer);
  co_return Outcome();
}

awaitable<bool> Request::send(Request* self, BufferQueue* rest) {
  StreamIo io(self->surroundings_.shard, *self->connection_.stream);
  const auto sent = co_await io.write_all(*rest, self->surroundings_.shard.now() + kAnswerPatience);
  co_return sent.has_value();
}

void Request::watch(TimePoint latest) {
  connection_.stream->observe(this);
  patience_.arm_at(latest);
}

void Request::unwatch() {
  connection_.stream->observe(nullptr);
  patience_.disarm();
}

void Request::on_closed(error_code) {
  gone_ = true;
  task_.cancel();
}

void Request::on_deadline(Deadline&) {
  late_ = true;
  task_.cancel();
}

void Request::conclude(std::unique_ptr<Request> self, Outcome outcome) {
  if (auto* tunnel = std::get_if<std::unique_ptr<Tunnel>>(&outcome)) {
    self->establish(std::move(*tunnel));
  } else if (const auto* reply = std::get_if<Reply>(&outcome)) {
    self->note(*reply);
    // Its own task: this one may have been cancelled with the dial.
    TaskGroup& tasks = self->surroundings_.tasks;
    tasks.spawn(dismiss(std::move(self), reply->bytes()));
  } else {
    self->surroundings_.measures.abandoned();
  }
}

void Request::establish(std::unique_ptr<Tunnel> tunnel) {
  Measures& measures = surroundings_.measures;
  measures.answered(200);
  measures.connections().add(1);
  tunnel->splice(std::make_unique<GatedStream>(surroundings_.shard, std::move(connection_.stream), std::move(received_),
                                               surroundings_.settings.first_byte_gap, &measures.connections(),
                                               &measures.write_waits()));
}

void Request::note(const Reply& reply) {
  surroundings_.measures.answered(reply.status);
  surroundings_.log.debug(
      "request refused",
      {{"peer", connection_.peer.address}, {"target", head_.target}, {"status", reply.status}, {"reason", reply.text}});
}

awaitable<void> Request::dismiss(std::unique_ptr<Request> self, std::string words) {
  co_await say_farewell(&self->surroundings_.shard, std::move(self->connection_.stream), std::move(words));
}

}  // namespace konduit::http_connect
