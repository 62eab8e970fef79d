#include <cstdint>
#include <memory>
#include <string_view>

#include "http2/connection.hpp"
#include "http2/grpc.hpp"
#include "konduit/stream_pair.hpp"

namespace {

using namespace konduit;

class Echo final : public http2::StreamHandler, public http2::ConnectionHandler {
 public:
  http2::StreamHandler* on_stream(http2::StreamId id, const http2::Headers& headers, bool) override {
    if (const auto refusal = http2::refuse_grpc_request(headers)) {
      connection->respond(id, *refusal, true);
      return nullptr;
    }
    connection->respond(id, http2::grpc_response(), false);
    return this;
  }
  void on_headers(http2::StreamId, const http2::Headers&, bool) override {}
  void on_data(http2::StreamId id, Buffer bytes) override {
    connection->consume(id, bytes.size());
    connection->push(id, std::move(bytes));
  }
  void on_trailers(http2::StreamId, const http2::Headers&) override {}
  void on_end(http2::StreamId id) override { connection->trailers(id, http2::grpc_trailers({})); }
  void on_writable(http2::StreamId) override {}
  void on_closed(http2::StreamId, http2::ErrorCode) override {}
  void on_closed(error_code, std::string_view) override {}

  std::unique_ptr<http2::Connection> connection;
};

}  // namespace

// What follows a client's preface, in two pieces, against a server that echoes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 100'000) return 0;
  Shard shard;
  StreamPair pair = make_stream_pair(shard, shard, 1024 * 1024);
  Echo echo;
  http2::Settings settings;
  settings.limits.header_list = 4096;
  echo.connection =
      std::make_unique<http2::Connection>(shard, std::move(pair.second), http2::Role::server, settings, echo);
  const auto send = [&](std::string_view bytes) {
    BufferQueue queue;
    queue.push_back(shard.pool().copy(bytes));
    (void)pair.first->try_write(queue);
    shard.run_ready();
  };
  using namespace std::string_view_literals;
  send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"sv);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  send(input.substr(0, size / 2));
  send(input.substr(size / 2));
  BufferQueue answers;
  while (pair.first->try_read(answers, {})) {
  }
  pair.first.reset();
  shard.run_ready();
  echo.connection.reset();
  return 0;
}
