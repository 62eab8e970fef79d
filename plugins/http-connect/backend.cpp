#include "http-connect/backend.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

#include "konduit/shard.hpp"
#include "konduit/stream_io.hpp"

namespace konduit::http_connect {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";
/// What follows the head is the tunnel's, and nobody could put it back: the head is read byte by byte. That is a few
/// hundred reads of a buffer of the kernel's, once a connection.
constexpr ReadShape kOneByte{.headroom = 0, .payload = 1, .limit = 1};

DialError failed(const std::string& proxy, const error_code& why, std::string_view text) {
  if (why == asio::error::operation_aborted || why == StreamErrc::cancelled) {
    return {DialErrc::cancelled, false, "the dial was cancelled"};
  }
  const DialErrc code = why == StreamErrc::timed_out    ? DialErrc::timeout
                        : why == StreamErrc::overloaded ? DialErrc::overloaded
                                                        : DialErrc::peer_gone;
  return {code, true, "the proxy " + proxy + ": " + std::string(text)};
}

awaitable<Result<std::string>> read_head(StreamIo* io, std::size_t most, TimePoint deadline) {
  std::string head;
  BufferQueue received;
  while (!head.ends_with(kEndOfHead)) {
    if (head.size() >= most) co_return make_error_code(StreamErrc::protocol);
    const auto got = co_await io->read_some(received, deadline, kOneByte);
    if (!got) co_return got.error();
    head += received.front().text();
    received.clear();
  }
  co_return head;
}

}  // namespace

HttpProxy::HttpProxy(const config::Node& node, Host& host) : node_(node), host_(host) {
  upstream_ = {.url = node["url"].text(),
               .credentials = std::nullopt,
               .dial_timeout = node["dial_timeout"].duration(),
               .max_head = static_cast<std::size_t>(node["max_head"].size())};
  if (node["username"]) upstream_.credentials = {node["username"].text(), node["password"].text()};
  if (node["password"] && !node["username"]) host.report(node["password"], "needs username as well");
  if (node["username"].text().find(':') != std::string::npos) {
    host.report(node["username"], "cannot hold ':' (RFC 7617)");
  }
  if (upstream_.url.find("://") == std::string::npos) {
    host.report(node["url"], "must be a url, as in \"tcp://proxy.example:3128\"");
  }
}

awaitable<void> HttpProxy::prepare() {
  ConnectorSettings settings;
  if (node_["tls"]) settings.tls = &node_["tls"];
  if (node_["via"]) settings.via = &node_["via"];
  settings.alpn = {"http/1.1"};
  settings.liveness = Liveness::from(node_["liveness"]);
  connector_ = host_.connector(settings);
  co_return;
}

std::unique_ptr<BackendPart> HttpProxy::attach(Attachment& attachment) {
  return std::make_unique<HttpProxyPart>(attachment.shard(), upstream_, *connector_);
}

awaitable<DialResult<StreamPtr>> HttpProxyPart::dial(const DialRequest& request) {
  const TimePoint deadline = std::min(request.deadline, shard_.now() + upstream_.dial_timeout);
  auto connection = co_await connector_.connect(shard_, upstream_.url, deadline);
  if (!connection) co_return failed(upstream_.url, connection.error().code, connection.error().text);
  co_return co_await ask(std::move(connection->stream), request.target, deadline);
}

awaitable<DialResult<StreamPtr>> HttpProxyPart::ask(StreamPtr stream, const Target& target, TimePoint deadline) {
  Result<std::string> head = std::string();
  {
    StreamIo io(shard_, *stream);
    BufferQueue question;
    question.push_back(shard_.pool().copy(connect_request(target, upstream_.credentials)));
    const auto sent = co_await io.write_all(question, deadline);
    if (sent) {
      head = co_await read_head(&io, upstream_.max_head, deadline);
    } else {
      head = sent.error();
    }
  }
  if (!head) co_return failed(upstream_.url, head.error(), "no answer: " + head.error().message());
  const auto status = status_of(*head);
  if (!status) co_return DialError{DialErrc::refused, true, upstream_.url + " is no HTTP proxy"};
  if (*status / 100 != 2) co_return refusal_of(upstream_.url, *status, *head);
  co_return stream;
}

}  // namespace konduit::http_connect
