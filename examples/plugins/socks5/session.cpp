#include "session.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <konduit/event.hpp>
#include <konduit/shard.hpp>

#include "early_stream.hpp"

namespace socks5 {
namespace {

using konduit::awaitable;

// A reply is a few bytes: who does not take them is gone.
constexpr auto kReplyPatience = std::chrono::seconds(10);
constexpr auto kFarewell = std::chrono::seconds(2);
constexpr std::size_t kMostDropped = 64 * 1024;
// A backend that keeps its deadline answers before this.
constexpr auto kDialGrace = std::chrono::seconds(1);

/// A dial that is broken off when the client goes away.
class Attempt {
 public:
  explicit Attempt(konduit::Shard& shard) : done_(shard), work_(shard), watch_(shard) {}

  static awaitable<void> make(Attempt* self, konduit::Dialer* dialer, konduit::StreamIo* client,
                              konduit::DialRequest request) {
    const auto latest = request.deadline + kDialGrace;
    self->work_.spawn(ask(self, dialer, std::move(request)));
    self->watch_.spawn(break_off_when_closed(self, client));
    const konduit::error_code late = co_await self->done_.wait(latest);
    self->work_.cancel();
    co_await self->work_.join();
    self->watch_.cancel();
    co_await self->watch_.join();
    if (late == konduit::StreamErrc::timed_out && !self->answer) self->failure = konduit::DialErrc::timeout;
  }

  std::unique_ptr<konduit::Tunnel> answer;
  std::optional<konduit::DialErrc> failure;  ///< Nothing, without an answer: the client has gone.

 private:
  static awaitable<void> ask(Attempt* self, konduit::Dialer* dialer, konduit::DialRequest request) {
    auto dialled = co_await dialer->dial(std::move(request));
    if (dialled) {
      self->answer = std::move(*dialled);
    } else if (!self->gone_) {
      self->failure = dialled.error().code;
    }
    self->done_.set();
  }

  static awaitable<void> break_off_when_closed(Attempt* self, konduit::StreamIo* client) {
    const konduit::error_code why = co_await client->closed(konduit::TimePoint::max());
    if (why == konduit::asio::error::operation_aborted) co_return;
    self->gone_ = true;
    self->work_.cancel();
    self->done_.set();
  }

  konduit::Event done_;
  konduit::TaskGroup work_;
  konduit::TaskGroup watch_;
  bool gone_ = false;
};

}  // namespace

Session::Session(Socks5Part& part, konduit::Connection connection)
    : part_(part), connection_(std::move(connection)), deadline_(part.shard_.now() + part.settings_.handshake_timeout) {
  io_.emplace(part_.shard_, *connection_.stream);
}

awaitable<void> Session::run(Session* self) {
  auto request = co_await self->handshake();
  if (!request) co_return;
  auto tunnel = co_await self->dial(std::move(request->target));
  if (!tunnel) co_return;
  const bool told = co_await self->send(reply_message(Reply::succeeded));
  if (!told) co_return;
  self->part_.tunnels_.add();
  self->io_.reset();
  auto client = std::move(self->connection_.stream);
  if (!self->received_.empty()) {
    client = std::make_unique<EarlyStream>(std::move(client), std::move(self->received_));
  }
  tunnel->splice(std::move(client));
}

awaitable<std::optional<Request>> Session::handshake() {
  const bool known = co_await choose_method();
  if (!known) co_return std::nullopt;
  auto request = co_await receive(&parse_request);
  if (request.fault == Fault::none) co_return request;
  const bool speaks_socks = request.fault != Fault::incomplete && request.fault != Fault::version;
  if (speaks_socks) co_await refuse(reply_to(request.fault));
  co_return std::nullopt;
}

awaitable<bool> Session::choose_method() {
  const auto greeting = co_await receive(&parse_greeting);
  if (greeting.fault != Fault::none) co_return false;
  const bool open_to_all = part_.settings_.users.empty() && !part_.authenticator_;
  if (greeting.password && !open_to_all) co_return co_await log_in();
  const bool by_certificate = part_.authenticator_ && connection_.peer.certificate;
  if (greeting.nobody && (open_to_all || by_certificate)) {
    const bool told = co_await send(method_message(Method::nobody));
    if (!told || open_to_all) co_return told;
    const bool admitted = co_await admit({}, {});
    if (!admitted) co_await refuse(Reply::not_allowed);
    co_return admitted;
  }
  part_.refusals_.add();
  const bool told = co_await send(method_message(Method::none_acceptable));
  if (told) co_await leave();
  co_return false;
}

awaitable<bool> Session::log_in() {
  const bool told = co_await send(method_message(Method::password));
  if (!told) co_return false;
  auto login = co_await receive(&parse_login);
  if (login.fault != Fault::none) co_return false;
  const bool admitted = co_await admit(std::move(login.username), std::move(login.password));
  const bool answered = co_await send(login_message(admitted));
  if (admitted || !answered) co_return admitted&& answered;
  part_.refusals_.add();
  co_await leave();
  co_return false;
}

awaitable<bool> Session::admit(std::string username, std::string password) {
  if (!part_.authenticator_) {
    const bool known = part_.settings_.users.knows(username, password);
    if (known) connection_.peer.identity = username;
    co_return known;
  }
  const konduit::Credentials credentials{
      .peer = &connection_.peer, .token = {}, .username = username, .password = password};
  const auto identity = co_await konduit::identify(*part_.authenticator_, credentials, part_.host_.log());
  if (!identity) {
    part_.host_.log().debug("a client is not let in",
                            {{"peer", connection_.peer.address}, {"reason", identity.error().text}});
    co_return false;
  }
  identity->assign_to(connection_.peer);
  co_return true;
}

awaitable<std::unique_ptr<konduit::Tunnel>> Session::dial(konduit::Target target) {
  konduit::DialRequest request;
  request.target = std::move(target);
  request.peer = connection_.peer;
  request.deadline = part_.shard_.now() + part_.settings_.dial_timeout;
  request.frontend = part_.host_.id();
  Attempt attempt(part_.shard_);
  co_await Attempt::make(&attempt, &part_.dialer_, &*io_, std::move(request));
  if (!attempt.answer && attempt.failure) co_await refuse(reply_to(*attempt.failure));
  co_return std::move(attempt.answer);
}

awaitable<void> Session::refuse(Reply reply) {
  part_.refusals_.add();
  const bool told = co_await send(reply_message(reply));
  if (told) co_await leave();
}

template <class Message>
awaitable<Message> Session::receive(Message (*parse)(Bytes)) {
  constexpr konduit::ReadShape kPiece{.headroom = 0, .payload = 1024, .limit = 1024};
  std::array<std::byte, kLongestMessage> bytes;
  for (;;) {
    const std::size_t size = received_.peek(bytes);
    Message message = parse(Bytes(bytes).first(size));
    if (message.fault == Fault::none) received_.consume(message.size);
    if (message.fault != Fault::incomplete) co_return message;
    const auto got = co_await io_->read_some(received_, deadline_, kPiece);
    if (!got) co_return message;
  }
}

awaitable<bool> Session::send(std::string text) {
  konduit::BufferQueue bytes;
  bytes.push_back(part_.shard_.pool().copy(std::string_view(text)));
  const auto sent = co_await io_->write_all(bytes, part_.shard_.now() + kReplyPatience);
  co_return sent.has_value();
}

awaitable<void> Session::leave() {
  const auto deadline = part_.shard_.now() + kFarewell;
  if (connection_.stream->half_close()) co_await io_->drop_rest(kMostDropped, deadline);
  connection_.stream->close();
  co_await io_->closed(deadline);
}

}  // namespace socks5
