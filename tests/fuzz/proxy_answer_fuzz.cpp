#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/answered.hpp"
#include "fuzz/resting_shard.hpp"
#include "http-connect/backend.hpp"
#include "konduit/stream_pair.hpp"

namespace {

using namespace konduit;
using namespace konduit::http_connect;
using fuzz::hold;

constexpr std::size_t kLongestHead = 128;
constexpr std::size_t kPieces = 16;  // more would take too long

/// Leads to a stream that is there already.
class OneStream final : public Connector {
 public:
  explicit OneStream(StreamPtr stream) : stream_(std::move(stream)) {}
  awaitable<boost::system::result<Connection, Failure>> connect(Shard&, std::string, TimePoint) override {
    co_return Connection{std::move(stream_), {}, {}};
  }

 private:
  StreamPtr stream_;
};

/// What came of a dial.
struct Outcome {
  bool open = false;
  std::string bytes;  // of the tunnel
  DialError error;
};

std::string rest_of(Shard& shard, Stream& tunnel) {
  BufferQueue bytes;
  while (tunnel.try_read(bytes, {})) shard.run_ready();
  std::string text(bytes.size(), '\0');
  bytes.peek(std::as_writable_bytes(std::span(text)));
  return text;
}

Outcome dial(Shard& shard, std::string_view answer, fuzz::Cuts cuts) {
  const Upstream upstream{.url = "tcp://proxy:3128",
                          .credentials = std::nullopt,
                          .dial_timeout = std::chrono::seconds(10),
                          .max_head = kLongestHead};
  StreamPair pair = make_stream_pair(shard, shard);
  OneStream connector(std::move(pair.first));
  HttpProxyPart part(shard, upstream, connector);
  DialRequest request;
  request.target = {"10.0.0.1", 443};
  auto tunnel = fuzz::answered(shard, *pair.second, answer, cuts, part.dial(request));
  if (!tunnel) return {.error = tunnel.error()};
  return {.open = true, .bytes = rest_of(shard, **tunnel)};
}

/// The bytes of the head, and 0 where there is none.
std::size_t head_of(std::string_view answer) {
  const std::size_t end = answer.substr(0, kLongestHead).find("\r\n\r\n");
  return end == std::string_view::npos ? 0 : end + 4;
}

}  // namespace

// What a proxy answers to CONNECT: a tunnel begins where its head ends and loses no byte, or the dial fails with a
// reason.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Shard& shard = fuzz::resting_shard();
  if (size < 2 || size > 1024) return 0;
  const std::string_view answer(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome whole = dial(shard, answer, {answer.size(), 1});
  const std::size_t head = head_of(answer);
  if (whole.open) {
    hold(head > 0, "a tunnel begins behind a head");
    hold(answer.starts_with("HTTP/1.") && answer[sizeof("HTTP/1.1 ") - 1] == '2', "a tunnel begins behind a success");
    hold(whole.bytes == answer.substr(head), "what follows the head is the tunnel's");
  } else {
    hold(!whole.error.text.empty() && whole.error.text.size() < 2 * kLongestHead,
         "a failure has a reason of some length");
    hold(whole.error.text.find_first_of("\r\n") == std::string::npos, "a reason is one line");
    hold(whole.error.code != DialErrc::cancelled && whole.error.code != DialErrc::no_route, "a proxy refuses or fails");
  }
  const Outcome cut = dial(shard, answer, {data[0] + std::size_t{0}, data[1] + answer.size() / kPieces + 1});
  hold(cut.open == whole.open && cut.bytes == whole.bytes && cut.error.code == whole.error.code &&
           cut.error.text == whole.error.text,
       "cuts do not matter");
  hold(shard.pool().in_use() == 0, "no byte is kept when all has ended");
  return 0;
}
