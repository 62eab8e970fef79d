#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http2/connection.hpp"
#include "http2/grpc.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/run.hpp"

/// What the tests of connections share: users that record what they are told, and a client and a server over a stream
/// in memory.
namespace konduit::http2::testing {

using testkit::MemoryStream;
using testkit::MemoryStreamSettings;

/// The byte at a position of a test transfer.
inline char pattern_at(std::size_t position) { return static_cast<char>((position * 31 + position / 251) & 0xff); }

/// One stream's user: keeps what it is told, consumes at once unless `hold` is set, and sends `to_send` bytes of the
/// pattern as far as there is room.
class StreamUser final : public StreamHandler {
 public:
  explicit StreamUser(Connection*& connection) : connection_(connection) {}

  void on_headers(StreamId, const Headers& head, bool end) override {
    headers = head;
    headers_end = end;
    if (on_event) on_event("headers");
  }
  void on_data(StreamId id, Buffer bytes) override {
    for (const char c : bytes.text()) matches = matches && c == pattern_at(received++);
    if (text_kept) text.append(bytes.text());
    held += bytes.size();
    if (!hold) release(id);
    if (on_event) on_event("data");
  }
  void on_trailers(StreamId, const Headers& fields) override {
    trailers = fields;
    if (on_event) on_event("trailers");
  }
  void on_end(StreamId) override {
    ended = true;
    if (on_event) on_event("end");
  }
  void on_writable(StreamId id) override {
    ++writable_calls;
    send(id);
    if (on_event) on_event("writable");
  }
  void on_closed(StreamId, ErrorCode code) override {
    ++closed_calls;
    closed = code;
    if (on_event) on_event("closed");
  }

  void release(StreamId id) {
    connection_->consume(id, held);
    held = 0;
  }

  void send(StreamId id) {
    while (sent < to_send && connection_->writable(id)) {
      const std::size_t size = std::min(piece, to_send - sent);
      Buffer buffer = connection_->shard().pool().allocate(size, headroom);
      for (std::size_t i = 0; i < size; ++i) buffer.data()[i] = static_cast<std::byte>(pattern_at(sent + i));
      sent += size;
      connection_->push(id, std::move(buffer));
    }
    if (sent == to_send && finish_after && !finished) {
      finished = true;
      connection_->finish(id);
    }
  }

  Headers headers;
  Headers trailers;
  std::optional<ErrorCode> closed;
  std::string text;
  std::function<void(std::string_view)> on_event;
  std::size_t received = 0;
  std::size_t held = 0;
  std::size_t to_send = 0;
  std::size_t sent = 0;
  std::size_t piece = 16 * 1024 - 9;
  std::size_t headroom = 9;
  int writable_calls = 0;
  int closed_calls = 0;
  bool headers_end = false;
  bool matches = true;
  bool ended = false;
  bool hold = false;
  bool text_kept = true;
  bool finish_after = false;
  bool finished = false;

 private:
  Connection*& connection_;
};

/// One end: a connection and everything it told its owner.
class End final : public ConnectionHandler {
 public:
  StreamHandler* on_stream(StreamId id, const Headers& request, bool end) override {
    requests.push_back(request);
    ids.push_back(id);
    if (accept) return accept(id, request, end);
    auto& user = users[id];
    user = std::make_unique<StreamUser>(connection);
    if (prepare) prepare(*user);
    connection->respond(id, grpc_response(), false);
    user->send(id);
    return user.get();
  }
  void on_settings() override { ++settings; }
  void on_ping_ack(std::uint64_t opaque) override { pongs.push_back(opaque); }
  void on_goaway(StreamId last, ErrorCode code, std::string_view text) override {
    goaways.emplace_back(last, code);
    goaway_text = text;
  }
  void on_closed(error_code reason, std::string_view text) override {
    ++closed_calls;
    closed = reason;
    closed_text = text;
    if (destroy_on_closed) owned.reset();
  }

  void connect(Shard& shard, StreamPtr stream, Role role, const Settings& configuration = {}) {
    owned = std::make_unique<Connection>(shard, std::move(stream), role, configuration, *this);
    connection = owned.get();
  }

  std::unique_ptr<Connection> owned;
  Connection* connection = nullptr;
  std::map<StreamId, std::unique_ptr<StreamUser>> users;
  std::function<StreamHandler*(StreamId, const Headers&, bool)> accept;
  std::function<void(StreamUser&)> prepare;
  std::vector<Headers> requests;
  std::vector<StreamId> ids;
  std::vector<std::uint64_t> pongs;
  std::vector<std::pair<StreamId, ErrorCode>> goaways;
  std::optional<error_code> closed;
  std::string goaway_text;
  std::string closed_text;
  int settings = 0;
  int closed_calls = 0;
  bool destroy_on_closed = false;
};

class ConnectedPair : public ::testing::Test {
 protected:
  void connect(const Settings& client_settings = {}, const Settings& server_settings = {},
               MemoryStreamSettings client_stream = {}, MemoryStreamSettings server_stream = {}) {
    auto [first, second] = MemoryStream::make_pair(shard_, client_stream, server_stream);
    client_stream_ = first.get();
    server_stream_ = second.get();
    client_.connect(shard_, std::move(first), Role::client, client_settings);
    server_.connect(shard_, std::move(second), Role::server, server_settings);
  }

  bool run_until(const std::function<bool()>& done) {
    return testkit::run_until(shard_, done, std::chrono::seconds(60));
  }
  void settle() { shard_.run_ready(); }

  StreamId call(StreamUser& user) {
    return client_.connection->request(grpc_request("http", "localhost", "/ProxyService/Proxy"), user);
  }
  Buffer bytes(std::string_view text, std::size_t headroom = 9) { return shard_.pool().copy(text, headroom); }
  StreamUser& serving(StreamId id) { return *server_.users.at(id); }

  Shard shard_;
  MemoryStream* client_stream_ = nullptr;
  MemoryStream* server_stream_ = nullptr;
  End client_;
  End server_;
};

}  // namespace konduit::http2::testing
