#include "telemetry/http_server.hpp"

#include <optional>
#include <utility>

namespace konduit::telemetry {
namespace {

/// How long a client may take to hang up after the last answer. Closing at once, with bytes of it unread, would make
/// TCP throw the answer away.
constexpr Duration kFarewell = std::chrono::seconds(1);
/// Bytes behind it that are read and dropped: a client that goes on sending is left to its reset.
constexpr std::size_t kMostDropped = 1024 * 1024;

void queue_text(BlockPool& pool, std::string_view text, BufferQueue& queue) {
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, BlockPool::kRecord);
    queue.push_back(pool.copy(piece));
    text.remove_prefix(piece.size());
  }
}

void move_text(BufferQueue& queue, std::string& text) {
  while (!queue.empty()) {
    text += queue.front().text();
    queue.pop_front();
  }
}

}  // namespace

HttpServer::HttpServer(Shard& shard, const Router& router, HttpServerSettings settings)
    : shard_(shard), router_(router), settings_(settings), next_turn_(shard), tasks_(shard) {}

void HttpServer::start(std::shared_ptr<Listener> listener) {
  listener_ = std::move(listener);
  listener_->start(shard_, *this);
}

awaitable<void> HttpServer::stop() {
  if (listener_) listener_->stop(shard_);
  listener_.reset();
  tasks_.cancel();
  co_await tasks_.join();
}

void HttpServer::on_connection(Connection connection) {
  const bool full = tasks_.size() >= settings_.connections;
  if (tasks_.closed() || (full && !waiting_.give_way())) {
    connection.stream->reset(ResetReason::overloaded);
    return;
  }
  auto task = std::make_unique<TaskGroup::Handle>();
  TaskGroup::Handle& handle = *task;
  tasks_.spawn(serve(std::move(connection.stream), std::move(task)), handle);
}

awaitable<void> HttpServer::serve(StreamPtr stream, std::unique_ptr<TaskGroup::Handle> task) {
  StreamIo io(shard_, *stream);
  std::string pending;
  std::optional<WaitingLine::Place> place;
  for (bool more = true; more;) {
    place.emplace(waiting_, shard_.now(), *task);
    ParsedHead parsed = co_await read_head(io, pending);
    if (place->given_up()) co_return;
    place.reset();
    if (parsed.state == HeadState::incomplete) break;
    pending.erase(0, parsed.size);
    std::string body;
    if (wants_body(parsed)) {
      body = co_await read_body(io, pending, parsed.body_size);
      if (body.size() != parsed.body_size) break;
      parsed.state = HeadState::complete;
    }
    more = co_await answer(io, std::move(parsed), std::move(body));
  }
  if (tasks_.closed()) co_return;
  place.emplace(waiting_, shard_.now(), *task);
  co_await finish(io, *stream);
}

awaitable<ParsedHead> HttpServer::read_head(StreamIo& io, std::string& pending) {
  const TimePoint deadline = shard_.now() + settings_.timeout;
  BufferQueue received;
  ParsedHead parsed = parse_head(pending);
  while (parsed.state == HeadState::incomplete) {
    const Result<std::size_t> count =
        co_await io.read_some(received, deadline, {.payload = 4096, .limit = kMostHeadBytes});
    if (!count) break;
    move_text(received, pending);
    parsed = parse_head(pending);
  }
  co_return parsed;
}

bool HttpServer::wants_body(const ParsedHead& parsed) const {
  return parsed.state == HeadState::has_body && parsed.body_size > 0 && parsed.body_size <= Router::kMostBodyBytes &&
         router_.takes_body(parsed.head.method, parsed.head.target);
}

awaitable<std::string> HttpServer::read_body(StreamIo& io, std::string& pending, std::size_t size) {
  const TimePoint deadline = shard_.now() + settings_.timeout;
  BufferQueue received;
  while (pending.size() < size) {
    const Result<std::size_t> count = co_await io.read_some(received, deadline, {.payload = 4096, .limit = 4096});
    if (!count) break;
    move_text(received, pending);
  }
  std::string body = pending.substr(0, size);
  pending.erase(0, body.size());
  co_return body;
}

awaitable<HttpResponse> HttpServer::respond(RequestHead head, std::string body) {
  if (const Router::SlowHandler* slow = router_.slow(head.method, head.target)) {
    HttpResponse response = co_await (*slow)(HttpRequest::parse(head.target));
    co_await shard_.deadlines().wait(Duration::zero());  // it may have answered at once
    co_return response;
  }
  const Turn turn(*this);
  while (!turn.is_mine()) {
    next_turn_.clear();
    if (co_await next_turn_.wait()) co_return HttpResponse{};
  }
  const TimePoint began = shard_.now();
  HttpResponse response = router_.answer(head.method, head.target, head.host, std::move(body));
  co_await shard_.deadlines().wait(shard_.now() - began);
  co_return response;
}

/// True if another request may follow.
awaitable<bool> HttpServer::answer(StreamIo& io, ParsedHead parsed, std::string body) {
  const bool good = parsed.state == HeadState::complete;
  // Where all places are taken and nobody would give way, whoever has its answer makes room.
  const bool crowded = tasks_.size() >= settings_.connections && !waiting_.oldest();
  const bool keep_alive = good && parsed.head.keep_alive && !crowded;
  HttpResponse response;
  if (good) {
    response = co_await respond(parsed.head, std::move(body));
  } else {
    response = refusal(parsed.state);
  }
  BufferQueue queue;
  queue_text(shard_.pool(), response_bytes(parsed.head, std::move(response), keep_alive), queue);
  const Result<void> written = co_await io.write_all(queue, shard_.now() + settings_.timeout);
  co_return keep_alive&& written.has_value();
}

awaitable<void> HttpServer::finish(StreamIo& io, Stream& stream) {
  const TimePoint deadline = shard_.now() + kFarewell;
  if (stream.half_close()) co_await io.drop_rest(kMostDropped, deadline);
  if (tasks_.closed()) co_return;
  stream.close();
  co_await io.closed(deadline);
}

}  // namespace konduit::telemetry
