#include "transport-grpc/upstream_part.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

#include "transport-grpc/last_words.hpp"
#include "transport-grpc/upstream_backend.hpp"

namespace konduit::transport_grpc {
namespace {

/// Connections of which the server has said that it takes no more calls may be there as well, until their tunnels have
/// ended: with all others no more than so many times `connections`.
constexpr std::size_t kWithDeparting = 16;

/// Counts as long as it lives.
class Counted {
 public:
  explicit Counted(std::size_t& count) noexcept : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

http2::Headers call_request(const UpstreamBackend& backend) {
  http2::Headers headers =
      http2::grpc_request(backend.secure() ? "https" : "http", backend.authority(), "/ProxyService/Proxy");
  headers.add(kFeaturesKey, feature_list(kOwnFeatures));
  return headers;
}

DialError cancelled() { return {DialErrc::cancelled, false, "the dial was cancelled"}; }

}  // namespace

/// A connection that is being opened. Whoever waits for it looks again when that has ended, however it did.
class UpstreamPart::Connecting {
 public:
  explicit Connecting(UpstreamPart& part) noexcept : part_(part) { ++part_.connecting_; }
  ~Connecting() {
    --part_.connecting_;
    part_.changed_.set();
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

 private:
  UpstreamPart& part_;
};

UpstreamPart::UpstreamPart(UpstreamBackend& backend, Shard& shard)
    : shard_(shard),
      backend_(backend),
      counters_(backend.host().metrics()),
      offenders_(backend.host()),
      dials_(backend.host().metrics(), "upstream"),
      service_{shard_,
               counters_,
               backend.url(),
               call_request(backend),
               backend.settings().keep_alive,
               backend.settings().idle_timeout,
               backend.host().budget(),
               offenders_,
               dials_},
      open_connections_(
          backend.host().metrics().gauge("konduit_upstream_connections", "Connections to upstream servers.")),
      failures_(backend.host().metrics().counter("konduit_upstream_connect_failures_total",
                                                 "Attempts to connect to an upstream server that failed.")),
      retired_(shard_),
      changed_(shard_) {}

UpstreamPart::~UpstreamPart() { connections_.clear(); }

awaitable<DialResult<StreamPtr>> UpstreamPart::dial(const DialRequest& request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const TimePoint deadline = std::min(request.deadline, shard_.now() + backend_.settings().dial_timeout);
  // A connection may have died since it was used last, and nothing is known of it until it is used.
  for (bool again = false;; again = true) {
    auto called = co_await call(deadline);
    if (!called) co_return named(std::move(called).error(), request.target);
    auto result = co_await UpstreamCall::dial(*called, request.target, deadline);
    if (result) co_return result;
    if (again || result.error().code != DialErrc::peer_gone || shard_.now() >= deadline) {
      co_return named(std::move(result).error(), request.target);
    }
  }
}

awaitable<DialResult<UpstreamCall*>> UpstreamPart::call(TimePoint deadline) {
  for (;;) {
    if (stopping_) co_return DialError{DialErrc::peer_gone, false, "the backend is stopping"};
    if (UpstreamCall* const opened = call_now()) co_return opened;
    const UpstreamSettings& settings = backend_.settings();
    if (waiting_ < hoped_for()) {
      const Counted waiting(waiting_);
      changed_.clear();
      const auto waited = co_await changed_.wait(deadline);
      if (waited == asio::error::operation_aborted) co_return cancelled();
      if (waited) co_return DialError{DialErrc::timeout, true, "it could not be connected to in time"};
    } else if (connections_in_use() + connecting_ >= settings.connections) {
      co_return DialError{
          DialErrc::overloaded, true,
          "all " + std::to_string(settings.connections) + " connections carry as many tunnels as they may"};
    } else if (connections_.size() + connecting_ >= kWithDeparting * settings.connections) {
      co_return DialError{
          DialErrc::overloaded, true,
          std::to_string(connections_.size()) + " connections on which it takes no more dials still carry tunnels"};
    } else {
      const auto connected = co_await connect(deadline);
      if (!connected) co_return connected.error();
    }
  }
}

UpstreamCall* UpstreamPart::call_now() {
  // The fullest first, so that those that are not needed fall idle.
  UpstreamConnection* best = nullptr;
  for (const auto& [connection, owned] : connections_) {
    if (connection->room(backend_.settings().tunnels_per_connection) == 0) continue;
    if (best == nullptr || connection->calls() > best->calls()) best = connection;
  }
  return best != nullptr ? best->call() : nullptr;
}

awaitable<DialResult<void>> UpstreamPart::connect(TimePoint deadline) {
  const Connecting connecting(*this);
  auto connection = co_await backend_.connector().connect(shard_, backend_.url(), deadline);
  if (!connection) {
    const auto& failure = connection.error();
    if (failure.code == asio::error::operation_aborted || failure.code == StreamErrc::cancelled) co_return cancelled();
    failures_.add();
    const DialErrc code = failure.code == StreamErrc::timed_out    ? DialErrc::timeout
                          : failure.code == StreamErrc::overloaded ? DialErrc::overloaded
                                                                   : DialErrc::no_route;
    co_return DialError{code, true, failure.text};
  }
  if (stopping_) co_return DialError{DialErrc::peer_gone, false, "the backend is stopping"};
  UpstreamConnection::Owner& owner = *this;
  auto made = std::make_unique<UpstreamConnection>(service_, std::move(*connection), owner);
  connections_.emplace(made.get(), std::move(made));
  open_connections_.set(static_cast<std::int64_t>(connections_.size()));
  co_return DialResult<void>{};
}

/// What the server itself said stays as it is: operators know its words.
DialError UpstreamPart::named(DialError error, const Target& target) const {
  const std::string server = "the server " + backend_.url();
  if (error.code == DialErrc::peer_gone && error.retryable) {
    error.text = server + " did not answer the dial to " + target.text() + ": " + error.text;
  } else if (error.code == DialErrc::timeout && error.retryable) {
    error.text = server + " did not answer the dial to " + target.text() + " in time: timeout";
  } else if (error.retryable && error.text.find(backend_.url()) == std::string::npos) {
    error.text = server + ": " + error.text;
  }
  return error;
}

std::size_t UpstreamPart::hoped_for() const noexcept {
  const std::size_t most = backend_.settings().tunnels_per_connection;
  std::size_t sum = connecting_ * most;
  for (const auto& [connection, owned] : connections_) sum += connection->hoped_for(most);
  return sum;
}

std::size_t UpstreamPart::connections_in_use() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(connections_, [](const auto& entry) { return entry.first->takes_calls(); }));
}

std::size_t UpstreamPart::calls() const noexcept {
  std::size_t sum = 0;
  for (const auto& [connection, owned] : connections_) sum += connection->calls();
  return sum;
}

awaitable<void> UpstreamPart::drain(TimePoint deadline) {
  while (calls() != 0) {
    changed_.clear();
    const auto waited = co_await changed_.wait(deadline);
    if (waited) co_return;
  }
}

awaitable<void> UpstreamPart::stop() {
  stopping_ = true;
  changed_.set();
  for (const auto& [connection, owned] : connections_) connection->close("the client is shutting down");
  const TimePoint patience = shard_.now() + kLastWords;
  while (!connections_.empty()) {
    changed_.clear();
    const auto waited = co_await changed_.wait(patience);
    if (waited) break;
  }
  connections_.clear();
  open_connections_.set(0);
}

void UpstreamPart::connection_closed(UpstreamConnection& connection, std::string_view text) {
  const auto at = connections_.find(&connection);
  if (at == connections_.end()) return;
  backend_.host().log().debug("a connection to an upstream server ended",
                              {{"server", backend_.url()}, {"reason", text}});
  retired_.take(std::move(at->second));
  connections_.erase(at);
  open_connections_.set(static_cast<std::int64_t>(connections_.size()));
  changed_.set();
}

}  // namespace konduit::transport_grpc
