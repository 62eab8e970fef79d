#include "kube/client_impl.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

#include "kube/json.hpp"

namespace konduit::kube {
namespace {

/// Of an answer that is no Status: enough to see what answered.
constexpr std::size_t kShown = 200;

ConnectorSettings connector_settings(const config::Node& via) {
  ConnectorSettings settings;
  settings.via = &via;
  // A watch may be silent for minutes, and an API server that vanished must not go unnoticed for as long.
  settings.liveness.enabled = true;
  return settings;
}

bool may_succeed_later(unsigned status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/// What an answer that is no Status may look like in a log.
std::string excerpt(const std::string& body) {
  std::string shown = body.substr(0, kShown);
  std::ranges::replace_if(shown, [](char c) { return c < 0x20 || c > 0x7e; }, ' ');
  return shown;
}

}  // namespace

Error cancelled(const Call& call) {
  return {.kind = Error::Kind::cancelled, .text = call.verb + " " + call.resource + ": cancelled"};
}

Client::Impl::Impl(Shard& its_shard, Host& its_host, const ClientSettings& settings)
    : shard(its_shard),
      host(its_host),
      source(its_host, settings.place, its_shard.now()),
      connector_(its_host.connector(connector_settings(settings.via))),
      limit_(settings.calls_per_second, settings.burst),
      idle_end_(its_shard.deadlines(), *this) {}

awaitable<Attempt> Client::Impl::attempt(const Call& call, TimePoint deadline) {
  const auto turn = limit_.take(shard.now(), deadline);
  if (!turn) {
    co_return Attempt{
        .answer = Error{.kind = Error::Kind::timed_out, .text = where(call) + ": too many calls wait for their turn"}};
  }
  if (*turn > shard.now()) {
    const error_code ended = co_await shard.deadlines().wait_until(*turn);
    if (ended) co_return Attempt{.answer = cancelled(call)};
  }
  const TimePoint begin = shard.now();
  Attempt made = co_await attempt_once(call, deadline);
  count(call, made, shard.now() - begin);
  co_return made;
}

awaitable<Attempt> Client::Impl::attempt_once(const Call& call, TimePoint deadline) {
  refresh();
  while (!idle_.empty()) {
    ConnectionPtr kept = std::move(idle_.back());
    idle_.pop_back();
    Exchange made = co_await exchange(*kept, call, deadline);
    // The server may close what idles just when it is used again; that says nothing about the call.
    const bool stale = !made.body && made.unanswered && made.body.error() != asio::error::operation_aborted &&
                       made.body.error() != StreamErrc::timed_out;
    if (stale && call.repeatable) continue;
    if (made.body) keep(std::move(kept));
    co_return judged(call, std::move(made));
  }
  auto opened = co_await open(call, deadline);
  if (!opened) {
    const bool later = opened.error().kind == Error::Kind::unreachable;
    co_return Attempt{.answer = opened.error(), .may_succeed_later = later};
  }
  Exchange made = co_await exchange(**opened, call, deadline);
  if (made.body) keep(std::move(*opened));
  co_return judged(call, std::move(made));
}

awaitable<Client::Impl::Exchange> Client::Impl::exchange(HttpConnection& connection, const Call& call,
                                                         TimePoint deadline) {
  Exchange made{.body = error_code(StreamErrc::reset), .head = {}, .unanswered = true};
  auto head = co_await connection.request(request_text(call), deadline);
  made.unanswered = connection.unanswered();
  if (!head) {
    made.body = head.error();
    co_return made;
  }
  made.head = std::move(*head);
  made.body = co_await connection.body(kLongestBody, deadline);
  co_return made;
}

Attempt Client::Impl::judged(const Call& call, Exchange made) const {
  if (!made.body) {
    Error error = broken(call, made.body.error());
    const bool later = error.kind == Error::Kind::unreachable && call.repeatable;
    return {.answer = std::move(error), .may_succeed_later = later};
  }
  if (made.head.status / 100 == 2) return {.answer = std::move(*made.body)};
  // A server that says 429 or 503 has not begun; after the others it may have.
  const bool begun = made.head.status != 429 && made.head.status != 503;
  return {.answer = refused(call, made.head, *made.body),
          .may_succeed_later = may_succeed_later(made.head.status) && (call.repeatable || !begun),
          .retry_after = made.head.retry_after.value_or(Duration::zero())};
}

awaitable<Answer<Client::Impl::ConnectionPtr>> Client::Impl::open(const Call& call, TimePoint deadline) {
  refresh();
  // Copies: a refresh in another call may change them meanwhile.
  const std::shared_ptr<TlsContext> tls = source.tls();
  const std::string host_name = source.access().server_host;
  auto connection = co_await connector_->connect(shard, source.access().url, deadline);
  if (!connection) {
    Error error = broken(call, connection.error().code);
    if (error.kind == Error::Kind::unreachable) error.text = where(call) + ": " + connection.error().text;
    co_return error;
  }
  if (!tls) co_return std::make_unique<HttpConnection>(shard, std::move(connection->stream));
  std::string why;
  auto session = co_await tls_connect(shard, std::move(connection->stream), tls, host_name, deadline, &why);
  if (!session) {
    Error error = broken(call, session.error());
    // Told as what TLS says, which names certificates and their faults.
    if (error.kind != Error::Kind::cancelled && !why.empty()) error.text = where(call) + ": " + why;
    if (error.kind == Error::Kind::malformed) error.kind = Error::Kind::unreachable;
    co_return error;
  }
  co_return std::make_unique<HttpConnection>(shard, std::move(session->stream));
}

void Client::Impl::refresh() {
  if (source.refresh(shard.now())) idle_.clear();
}

void Client::Impl::keep(ConnectionPtr connection) {
  if (!connection->reusable() || idle_.size() >= kKept) return;
  idle_.push_back(std::move(connection));
  idle_end_.arm(kKeep);
}

void Client::Impl::on_deadline(Deadline&) { idle_.clear(); }

std::string Client::Impl::request_text(const Call& call) const {
  const Access& access = source.access();
  std::string text = call.method + " " + access.base_path + call.target + " HTTP/1.1\r\nHost: " + access.host +
                     "\r\nUser-Agent: konduit\r\nAccept: application/json\r\n";
  if (!access.token.empty()) text += "Authorization: Bearer " + access.token + "\r\n";
  if (!call.body.empty()) {
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(call.body.size()) + "\r\n";
  }
  return text + "\r\n" + call.body;
}

Error Client::Impl::broken(const Call& call, error_code reason) const {
  Error error{.kind = Error::Kind::unreachable, .text = where(call) + ": " + reason.message()};
  if (reason == asio::error::operation_aborted || reason == StreamErrc::cancelled) error = cancelled(call);
  if (reason == StreamErrc::timed_out) error.kind = Error::Kind::timed_out;
  if (reason == StreamErrc::protocol || reason == StreamErrc::too_large) error.kind = Error::Kind::malformed;
  if (reason == StreamErrc::protocol) error.text = where(call) + ": what answered does not speak HTTP";
  return error;
}

Error Client::Impl::refused(const Call& call, const ResponseHead& head, const std::string& body) const {
  Error error{.kind = Error::Kind::refused,
              .text = where(call) + ": " + std::to_string(head.status) + " " + head.phrase,
              .status = head.status};
  const auto status = parse_object(body);
  if (status && text_in(*status, "kind") == "Status") {
    error.reason = text_in(*status, "reason");
    if (const std::string message = text_in(*status, "message"); !message.empty()) error.text += ": " + message;
  } else if (!body.empty()) {
    error.text += ": " + excerpt(body);
  }
  return error;
}

std::string Client::Impl::where(const Call& call) const {
  const std::string path = call.target.substr(0, call.target.find('?'));
  return call.method + " " + source.access().server + path;
}

void Client::Impl::count(const Call& call, const Attempt& made, Duration took) {
  // Words of a small set, or one label too many could be made by whoever answers.
  std::string code = "error";
  if (made.answer) {
    code = "2xx";
  } else if (made.answer.error().status >= 100 && made.answer.error().status <= 599) {
    code = std::to_string(made.answer.error().status);
  }
  const std::string key = call.verb + " " + call.resource + " " + code;
  auto at = accounts_.find(key);
  if (at == accounts_.end()) {
    const Labels labels = {{"verb", call.verb}, {"resource", call.resource}, {"code", code}};
    Counter& calls = host.metrics().counter("konduit_kube_requests_total", "Requests to the API server.", labels);
    Histogram& seconds =
        host.metrics().histogram("konduit_kube_request_duration_seconds", "How long the API server took to answer.",
                                 {0.005, 0.025, 0.1, 0.5, 2.5, 10, 30}, labels);
    at = accounts_.emplace(key, Account{calls, seconds}).first;
  }
  at->second.calls.add();
  at->second.seconds.observe(std::chrono::duration<double>(took).count());
}

}  // namespace konduit::kube
