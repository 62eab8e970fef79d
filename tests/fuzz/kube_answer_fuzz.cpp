#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/answered.hpp"
#include "fuzz/resting_shard.hpp"
#include "konduit/stream_pair.hpp"
#include "kube/http_connection.hpp"

namespace {

using namespace konduit;
using namespace konduit::kube;
using fuzz::hold;

constexpr std::size_t kLongestBody = 256;  // so that inputs reach it
constexpr std::size_t kPieces = 16;        // more would take too long

/// What came of a request.
struct Answer {
  std::optional<ResponseHead> head;
  std::optional<std::string> body;
};

awaitable<Answer> ask(HttpConnection* connection, TimePoint deadline) {
  Answer answer;
  auto head = co_await connection->request("GET /livez HTTP/1.1\r\nHost: kubernetes\r\n\r\n", deadline);
  if (!head) co_return answer;
  hold(!connection->unanswered(), "a head is something of an answer");
  answer.head = std::move(*head);
  auto body = co_await connection->body(kLongestBody, deadline);
  if (!body) co_return answer;
  answer.body = std::move(*body);
  co_return answer;
}

Answer read(Shard& shard, std::string_view text, fuzz::Cuts cuts) {
  StreamPair pair = make_stream_pair(shard, shard);
  HttpConnection connection(shard, std::move(pair.first));
  return fuzz::answered(shard, *pair.second, text, cuts, ask(&connection, shard.now() + std::chrono::seconds(10)));
}

void same(const Answer& one, const Answer& other) {
  hold(one.head.has_value() == other.head.has_value(), "cuts do not spoil a head");
  hold(one.body == other.body, "cuts do not change a body");
  if (!one.head) return;
  hold(one.head->status == other.head->status && one.head->phrase == other.head->phrase &&
           one.head->retry_after == other.head->retry_after,
       "cuts do not change a head");
}

}  // namespace

// What stands where an API server should: it must be judged alike wherever it is cut, and ask for no long patience.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Shard& shard = fuzz::resting_shard();
  if (size < 2 || size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Answer whole = read(shard, text, {text.size(), 1});
  if (whole.head) {
    hold(whole.head->status <= 999, "a status has three digits");
    const Duration pause = whole.head->retry_after.value_or(Duration::zero());
    hold(pause >= Duration::zero() && pause <= std::chrono::hours(1), "nobody is told to wait for longer than an hour");
    hold(!whole.body || whole.body->size() <= std::min(kLongestBody, text.size()), "a body is what came");
  }
  same(whole, read(shard, text, {data[0] + std::size_t{0}, data[1] + text.size() / kPieces + 1}));
  hold(shard.pool().in_use() == 0, "no byte is kept when all has ended");
  return 0;
}
