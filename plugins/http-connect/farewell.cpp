#include "http-connect/farewell.hpp"

#include <chrono>
#include <string_view>

#include "konduit/shard.hpp"
#include "konduit/stream_io.hpp"

namespace konduit::http_connect {
namespace {

constexpr auto kPatience = std::chrono::seconds(2);
constexpr std::size_t kMostDropped = 1024 * 1024;

}  // namespace

awaitable<void> say_farewell(Shard* shard, StreamPtr client, std::string reply) {
  const TimePoint deadline = shard->now() + kPatience;
  StreamIo io(*shard, *client);
  BufferQueue bytes;
  bytes.push_back(shard->pool().copy(std::string_view(reply)));
  const auto sent = co_await io.write_all(bytes, deadline);
  if (!sent) co_return;
  if (client->half_close()) co_await io.drop_rest(kMostDropped, deadline);
  client->close();
  co_await io.closed(deadline);
}

}  // namespace konduit::http_connect
