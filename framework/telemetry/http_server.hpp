#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "konduit/connection.hpp"
#include "konduit/event.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream_io.hpp"
#include "konduit/task_group.hpp"
#include "konduit/waiting_line.hpp"
#include "telemetry/http_exchange.hpp"
#include "telemetry/router.hpp"

namespace konduit::telemetry {

struct HttpServerSettings {
  std::size_t connections = 64;                 ///< At the most; then whoever has long asked nothing gives way.
  Duration timeout = std::chrono::seconds(10);  ///< For a head to arrive (each one), and for an answer to leave.
};

/// Serves a router's documents over HTTP/1.1 on one listener: GET and HEAD, keep-alive, pipelining; bodies only for
/// routes that take them. Documents are made one at a time, and for as long as one took the shard belongs to others, so
/// that whoever asks without end leaves them about half of it. Where all places are taken by such clients, their
/// connections end with an answer.
///
/// Thread: that of the shard it is given, which is the control shard where handlers read what belongs to it.
/// REQUIRES: stop() has completed before destruction, unless start() was never called.
class HttpServer final : private Listener::Handler {
 public:
  /// `router` must outlive the server.
  HttpServer(Shard& shard, const Router& router, HttpServerSettings settings = {});

  /// Accepts from now on. Once.
  void start(std::shared_ptr<Listener> listener);

  /// Accepts nothing more and ends every connection at once. Idempotent; legal without start().
  awaitable<void> stop();

  std::size_t connections() const noexcept { return tasks_.size(); }

 private:
  /// A place in the line of those whose answer is to be made.
  class Turn {
   public:
    explicit Turn(HttpServer& server) : server_(server), place_(server.turns_.insert(server.turns_.end(), this)) {}
    ~Turn() {
      server_.turns_.erase(place_);
      server_.next_turn_.set();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    bool is_mine() const noexcept { return server_.turns_.front() == this; }

   private:
    HttpServer& server_;
    const std::list<const Turn*>::iterator place_;
  };

  void on_connection(Connection connection) override;
  awaitable<void> serve(StreamPtr stream, std::unique_ptr<TaskGroup::Handle> task);
  awaitable<ParsedHead> read_head(StreamIo& io, std::string& pending);
  awaitable<bool> answer(StreamIo& io, ParsedHead parsed, std::string body);
  awaitable<HttpResponse> respond(RequestHead head, std::string body);
  bool wants_body(const ParsedHead& parsed) const;
  awaitable<std::string> read_body(StreamIo& io, std::string& pending, std::size_t size);
  awaitable<void> finish(StreamIo& io, Stream& stream);

  Shard& shard_;
  const Router& router_;
  const HttpServerSettings settings_;
  std::shared_ptr<Listener> listener_;  // shared with the listener registry
  WaitingLine waiting_;                 // for a request, or for the client's hanging up
  std::list<const Turn*> turns_;
  Event next_turn_;
  TaskGroup tasks_;
};

}  // namespace konduit::telemetry
