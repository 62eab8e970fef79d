#include "support/fake_api_server.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <cstdio>

#include "konduit/stream_io.hpp"

namespace konduit::test_support {
namespace {

namespace http = boost::beast::http;

constexpr Duration kHandshake = std::chrono::seconds(10);

/// The next request, from what has been received already and what comes. Empty at the end of the connection.
awaitable<std::optional<http::request<http::string_body>>> read_request(StreamIo* io, std::string* input) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  while (!parser.is_done()) {
    boost::system::error_code failure;
    if (!input->empty()) input->erase(0, parser.put(asio::buffer(*input), failure));
    if (failure && failure != http::error::need_more) co_return std::nullopt;
    if (parser.is_done()) break;
    BufferQueue received;
    const auto got = co_await io->read_some(received, TimePoint::max());
    if (!got) co_return std::nullopt;
    const std::size_t before = input->size();
    input->resize(before + received.size());
    received.peek(std::as_writable_bytes(std::span(*input).subspan(before)));
  }
  co_return parser.release();
}

std::string head_text(const ApiReply& reply) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " " +
                     std::string(http::obsolete_reason(static_cast<http::status>(reply.status))) + "\r\n";
  for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
  return text;
}

ApiRequest described(const http::request<http::string_body>& request) {
  return {.method = std::string(request.method_string()),
          .target = std::string(request.target()),
          .authorization = std::string(request[http::field::authorization]),
          .body = request.body()};
}

std::string chunk(const std::string& text) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

}  // namespace

FakeApiServer::FakeApiServer(Shard& shard, Script its_script)
    : script(std::move(its_script)), shard_(shard), tasks_(shard) {
  const Identity identity = authority_.issue_server();
  ca_file_ = folder_.write("ca.pem", authority_.certificate());
  settings_.cert = folder_.write("server.pem", identity.certificate);
  settings_.key = folder_.write("server-key.pem", identity.key);
  tls_ = TlsContext::server(settings_);
}

void FakeApiServer::demand_certificates() {
  settings_.ca = ca_file_;
  tls_ = TlsContext::server(settings_);
}

std::string FakeApiServer::kubeconfig(const std::string& url, const std::string& user) const {
  return "apiVersion: v1\nkind: Config\ncurrent-context: test\n"
         "contexts: [{name: test, context: {cluster: c, user: u, namespace: test}}]\n"
         "clusters: [{name: c, cluster: {server: \"" +
         url + "\", certificate-authority: " + ca_file_ +
         "}}]\n"
         "users: [{name: u, user: " +
         user + "}]\n";
}

void FakeApiServer::on_connection(Connection connection) {
  ++connections;
  tasks_.spawn(serve(std::move(connection)));
}

awaitable<void> FakeApiServer::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

awaitable<void> FakeApiServer::serve(Connection connection) {
  const TimePoint deadline = shard_.now() + kHandshake;
  auto session = co_await tls_accept(shard_, std::move(connection.stream), tls_, deadline, nullptr);
  if (!session) co_return;
  std::string client = session->peer ? session->peer->common_name : std::string();
  co_await converse(session->stream.get(), std::move(client));
  // In order, or what was answered last would be lost.
  session->stream->close();
  StreamIo io(shard_, *session->stream);
  co_await io.closed(shard_.now() + kHandshake);
}

awaitable<void> FakeApiServer::converse(Stream* stream, std::string client) {
  StreamIo io(shard_, *stream);
  std::string input;
  for (;;) {
    auto request = co_await read_request(&io, &input);
    if (!request) co_return;
    ApiReply reply = reply_to(described(*request), client);
    if (reply.delay > Duration::zero()) {
      const error_code ended = co_await shard_.deadlines().wait(reply.delay);
      if (ended) co_return;
    }
    const bool go_on = co_await answer(&io, std::move(reply));
    if (!go_on) co_return;
  }
}

ApiReply FakeApiServer::reply_to(ApiRequest request, const std::string& client) {
  request.client = client;
  request.time = shard_.now();
  requests.push_back(std::move(request));
  // A copy: the script may make the list forget.
  const Script now = script;
  return now ? now(requests.back()) : ApiReply{.status = 404};
}

awaitable<bool> FakeApiServer::answer(StreamIo* io, ApiReply reply) {
  if (reply.way == ApiReply::Way::hang_up) co_return false;
  if (reply.way == ApiReply::Way::silence) {
    co_await io->closed(TimePoint::max());
    co_return false;
  }
  if (reply.way == ApiReply::Way::raw) {
    co_await send(io, std::move(reply.body));
    co_return false;
  }
  if (reply.way == ApiReply::Way::watch) {
    const bool begun = co_await send(io, head_text(reply) + "Transfer-Encoding: chunked\r\n\r\n");
    if (!begun) co_return false;
    co_return co_await stream_lines(io, std::move(reply.body));
  }
  std::string length = "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
  co_return co_await send(io, head_text(reply) + length + reply.body);
}

awaitable<bool> FakeApiServer::stream_lines(StreamIo* io, std::string first) {
  Watch watch(shard_);
  watch.waiting = std::move(first);
  watches_.push_back(&watch);
  bool open = true;
  while (open && !(watch.ended && watch.waiting.empty())) {
    if (!watch.waiting.empty()) {
      std::string lines = chunk(std::exchange(watch.waiting, {}));
      open = co_await send(io, std::move(lines));
      continue;
    }
    watch.changed.clear();
    const error_code ended = co_await watch.changed.wait();
    open = !ended;
  }
  std::erase(watches_, &watch);
  if (open) open = co_await send(io, "0\r\n\r\n");
  co_return open;
}

awaitable<bool> FakeApiServer::send(StreamIo* io, std::string bytes) {
  BufferQueue output;
  output.push_back(shard_.pool().copy(bytes));
  const auto sent = co_await io->write_all(output, TimePoint::max());
  co_return sent.has_value();
}

void FakeApiServer::send_to_watches(const std::string& line) {
  for (Watch* watch : watches_) {
    watch->waiting += line + "\n";
    watch->changed.set();
  }
}

void FakeApiServer::end_watches() {
  for (Watch* watch : watches_) {
    watch->ended = true;
    watch->changed.set();
  }
}

}  // namespace konduit::test_support
