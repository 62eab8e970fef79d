#include "http-connect/request.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "http-connect/farewell.hpp"
#include "http-connect/gate.hpp"
#include "konduit/event.hpp"
#include "konduit/stream_io.hpp"
#include "konduit/task_group.hpp"

namespace konduit::http_connect {
namespace {

// A backend that keeps its deadline answers before this.
constexpr auto kDialGrace = std::chrono::seconds(1);
// The answer is a few bytes on a connection that has carried none: who does not take them is gone.
constexpr auto kAnswerPatience = std::chrono::seconds(10);

using Outcome = std::variant<std::monostate, std::unique_ptr<Tunnel>, Reply>;

/// Authentication and dial of one request, broken off when the client goes away.
class Attempt {
 public:
  explicit Attempt(const Surroundings& surroundings)
      : surroundings_(surroundings), done_(surroundings.shard), work_(surroundings.shard), watch_(surroundings.shard) {}

  /// monostate when nobody waits for an answer any more.
  static awaitable<Outcome> result(Attempt* self, StreamIo* client, DialRequest request, std::string token) {
    const TimePoint latest = request.deadline + kDialGrace;
    self->watch_.spawn(break_off_when_closed(self, client));
    self->work_.spawn(work(self, std::move(request), std::move(token)));
    const error_code late = co_await self->done_.wait(latest);
    self->work_.cancel();
    co_await self->work_.join();
    self->watch_.cancel();
    co_await self->watch_.join();
    if (self->client_gone_ || (late && late != StreamErrc::timed_out)) co_return Outcome();
    if (late && !std::holds_alternative<std::unique_ptr<Tunnel>>(self->outcome_)) {
      co_return reply_to_dial({.code = DialErrc::timeout, .text = "the dial timed out"});
    }
    co_return std::move(self->outcome_);
  }

 private:
  static awaitable<void> work(Attempt* self, DialRequest request, std::string token) {
    co_await admit_and_dial(self, std::move(request), std::move(token));
    self->done_.set();
  }

  static awaitable<void> admit_and_dial(Attempt* self, DialRequest request, std::string token) {
    if (AuthenticatorPart* authenticator = self->surroundings_.authenticator) {
      const Credentials credentials{.peer = &request.peer, .token = token};
      auto identity = co_await authenticator->authenticate(credentials);
      if (!identity) {
        self->outcome_ = reply_to_refusal(identity.error());
        co_return;
      }
      identity->assign_to(request.peer);
    }
    auto dialled = co_await self->surroundings_.dialer.dial(std::move(request));
    if (dialled) {
      self->outcome_ = std::move(*dialled);
    } else {
      self->outcome_ = reply_to_dial(dialled.error());
    }
  }

  static awaitable<void> break_off_when_closed(Attempt* self, StreamIo* client) {
    const error_code reason = co_await client->closed(TimePoint::max());
    if (reason == asio::error::operation_aborted) co_return;
    self->client_gone_ = true;
    self->work_.cancel();
    self->done_.set();
  }

  const Surroundings& surroundings_;
  Event done_;
  TaskGroup work_;
  TaskGroup watch_;
  Outcome outcome_;
  bool client_gone_ = false;
};

void note(const Surroundings& surroundings, const Arrival& arrival, const Reply& reply) {
  surroundings.measures.answered(reply.status);
  surroundings.log.debug("request refused", {{"peer", arrival.connection.peer.address},
                                             {"target", arrival.head.target},
                                             {"status", reply.status},
                                             {"reason", reply.text}});
}

awaitable<void> refuse(const Surroundings* surroundings, Arrival* arrival, Reply reply) {
  note(*surroundings, *arrival, reply);
  co_await say_farewell(&surroundings->shard, std::move(arrival->connection.stream), reply.bytes());
}

void establish(const Surroundings& surroundings, Arrival& arrival, std::unique_ptr<Tunnel> tunnel) {
  surroundings.measures.answered(200);
  surroundings.measures.connections().add(1);
  tunnel->splice(std::make_unique<GatedStream>(surroundings.shard, std::move(arrival.connection.stream),
                                               std::move(arrival.received), surroundings.settings.first_byte_gap,
                                               &surroundings.measures.connections(),
                                               &surroundings.measures.write_waits()));
}

/// The error of the head's end: {} when it is complete, or why nothing more will come.
awaitable<error_code> receive_head(const Surroundings* surroundings, StreamIo* io, HeadParser* parser, HeadState* state,
                                   BufferQueue* received) {
  const TimePoint deadline = surroundings->shard.now() + surroundings->settings.head_timeout;
  while (*state == HeadState::incomplete) {
    constexpr ReadShape kPiece{.headroom = 0, .payload = 4 * 1024, .limit = 4 * 1024};
    const auto got = co_await io->read_some(*received, deadline, kPiece);
    if (!got) co_return got.error();
    *state = parser->feed(*received, surroundings->shard.pool());
  }
  co_return error_code();
}

std::optional<Reply> judge(HeadState state, const HeadParser& parser, const error_code& failure,
                           const Settings& settings) {
  if (failure == StreamErrc::timed_out) return reply_to_slowness();
  if (state == HeadState::malformed) return reply_to_malformed(parser.error());
  if (state == HeadState::too_large) return reply_to_size(settings.max_head);
  if (parser.head().method != "CONNECT") return reply_to_method();
  return std::nullopt;
}

}  // namespace

Measures::Measures(Metrics& metrics)
    : connections_(
          metrics.gauge("konduit_frontend_connections", "Client connections that are open, tunnels included.")),
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

awaitable<bool> read_head(const Surroundings* surroundings, Arrival* arrival) {
  HeadParser parser(surroundings->settings.max_head);
  HeadState state = HeadState::incomplete;
  error_code failure;
  {
    StreamIo io(surroundings->shard, *arrival->connection.stream);
    failure = co_await receive_head(surroundings, &io, &parser, &state, &arrival->received);
  }
  // Port checks and the like connect and say nothing.
  if (failure && (failure != StreamErrc::timed_out || parser.untouched())) {
    if (!parser.untouched()) surroundings->measures.abandoned();
    co_return false;
  }
  if (state == HeadState::complete) arrival->head = parser.head();
  auto reply = judge(state, parser, failure, surroundings->settings);
  if (reply) co_await refuse(surroundings, arrival, std::move(*reply));
  co_return !reply;
}

awaitable<void> connect(const Surroundings* surroundings, Arrival arrival) {
  const auto target = Target::parse(arrival.head.target);
  if (!target) {
    co_await refuse(surroundings, &arrival, reply_to_target(arrival.head.target));
    co_return;
  }
  DialRequest request;
  request.target = *target;
  request.peer = arrival.connection.peer;
  request.deadline = surroundings->shard.now() + surroundings->settings.dial_timeout;
  request.frontend = surroundings->frontend;

  Outcome outcome;
  {
    StreamIo io(surroundings->shard, *arrival.connection.stream);
    Attempt attempt(*surroundings);
    outcome = co_await Attempt::result(&attempt, &io, std::move(request), std::move(arrival.head.bearer_token));
    if (std::holds_alternative<std::unique_ptr<Tunnel>>(outcome)) {
      BufferQueue answer;
      answer.push_back(surroundings->shard.pool().copy(kEstablished));
      const auto sent = co_await io.write_all(answer, surroundings->shard.now() + kAnswerPatience);
      if (!sent) outcome = Outcome();
    }
  }
  if (auto* tunnel = std::get_if<std::unique_ptr<Tunnel>>(&outcome)) {
    establish(*surroundings, arrival, std::move(*tunnel));
  } else if (auto* reply = std::get_if<Reply>(&outcome)) {
    co_await refuse(surroundings, &arrival, std::move(*reply));
  } else {
    surroundings->measures.abandoned();
  }
}

}  // namespace konduit::http_connect
