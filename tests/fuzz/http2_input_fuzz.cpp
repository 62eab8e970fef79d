#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/http2_judges.hpp"
#include "fuzz/resting_shard.hpp"
#include "http2/connection.hpp"
#include "http2/grpc.hpp"
#include "konduit/stream_pair.hpp"

namespace {

using namespace konduit;
using fuzz::hold;

constexpr std::size_t kSingleBytes = 24;  // a frame's head and the bytes beside it
constexpr std::size_t kPieces = 16;

/// What the connection under test is: the first byte of the input.
struct Mode {
  bool client = false;  // and a call is under way, on stream 1
  bool echoes = false;  // answers, and sends back what comes; else it only listens
  bool resets = false;  // a stream on which something came to its end
};

/// Who uses the connection.
class User final : public http2::StreamHandler, public http2::ConnectionHandler {
 public:
  explicit User(Mode mode) : mode_(mode) {}

  http2::StreamHandler* on_stream(http2::StreamId id, const http2::Headers& headers, bool end) override {
    hold(!mode_.client && id % 2 == 1, "streams are opened by clients");
    hold(!streams.contains(id), "a stream is opened once");
    streams[id].head(headers, end);
    if (!mode_.echoes) return this;
    if (const auto refusal = http2::refuse_grpc_request(headers)) {
      connection->respond(id, *refusal, true);
      return nullptr;
    }
    connection->respond(id, http2::grpc_response(), false);
    return this;
  }
  void on_headers(http2::StreamId id, const http2::Headers& headers, bool end) override {
    streams[id].head(headers, end);
    (void)http2::grpc_end(headers);
  }
  void on_data(http2::StreamId id, Buffer bytes) override {
    streams[id].data({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    connection->consume(id, bytes.size());
    if (mode_.echoes) connection->push(id, std::move(bytes));
  }
  void on_trailers(http2::StreamId id, const http2::Headers& trailers) override { streams[id].trailers(trailers); }
  void on_end(http2::StreamId id) override {
    streams[id].end();
    if (mode_.resets) return connection->reset(id, http2::ErrorCode::cancel);
    if (!mode_.echoes) return;
    if (mode_.client) return connection->finish(id);
    connection->trailers(id, http2::grpc_trailers({}));
  }
  void on_writable(http2::StreamId) override {}
  void on_closed(http2::StreamId id, http2::ErrorCode code) override { streams[id].closed(code); }
  void on_goaway(http2::StreamId, http2::ErrorCode, std::string_view) override { went_away = true; }
  void on_closed(error_code, std::string_view text) override {
    hold(!std::exchange(closed, true), "a connection is closed once");
    hold(!text.empty(), "it is said why a connection was closed");
  }

  std::unique_ptr<http2::Connection> connection;
  std::map<http2::StreamId, fuzz::StreamRecord> streams;
  bool closed = false;
  bool went_away = false;

 private:
  const Mode mode_;
};

/// The other end: writes pieces of the input, and keeps what comes back.
class Peer {
 public:
  Peer(Shard& shard, StreamPtr stream) : shard_(shard), stream_(std::move(stream)) {}

  void send(std::string_view bytes) {
    BufferQueue queue;
    queue.push_back(shard_.pool().copy(bytes));
    (void)stream_->try_write(queue);
    shard_.run_ready();
    BufferQueue answers;
    while (stream_->try_read(answers, {})) {
    }
    while (!answers.empty()) {
      const Buffer piece = answers.pop_front();
      heard.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
  }

  std::string heard;

 private:
  Shard& shard_;
  StreamPtr stream_;
};

/// What came of an input.
struct Outcome {
  std::map<http2::StreamId, fuzz::StreamRecord> streams;
  bool clean = true;  // no stream and not the connection was ended by a fault
};

/// Where an input is cut: in front of some bytes that come one by one, and behind them into pieces of one size.
struct Cuts {
  std::size_t first;
  std::size_t single;
  std::size_t piece;

  std::size_t next(std::size_t at) const {
    if (at < first) return first - at;
    return at < first + single ? 1 : piece;
  }
};

Outcome play(Mode mode, std::string_view input, const Cuts& cuts) {
  using namespace std::string_view_literals;
  Shard& shard = fuzz::resting_shard();
  StreamPair pair = make_stream_pair(shard, shard, 1024 * 1024);
  User user(mode);
  http2::Settings settings;
  settings.limits.header_list = 4096;
  const auto role = mode.client ? http2::Role::client : http2::Role::server;
  user.connection = std::make_unique<http2::Connection>(shard, std::move(pair.second), role, settings, user);
  fuzz::OutputJudge judge(role);
  {
    Peer peer(shard, std::move(pair.first));
    if (mode.client) user.connection->request(http2::grpc_request("http", "fuzz", "/AgentService/Connect"), user);
    peer.send(mode.client ? "\0\0\0\x04\0\0\0\0\0"sv : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"sv);
    for (std::size_t at = 0; at < input.size(); at += cuts.next(at)) peer.send(input.substr(at, cuts.next(at)));
    judge.read(peer.heard, user.closed);
  }
  Outcome outcome{user.streams, !user.closed && !user.went_away};
  for (const auto& [id, stream] : outcome.streams) {
    outcome.clean = outcome.clean && stream.clean();
    hold(stream.received().starts_with(judge.sent(id)), "what is sent back is what came");
  }
  shard.run_ready();
  hold(user.closed, "a connection whose peer has gone is closed");
  user.connection.reset();
  shard.run_ready();
  hold(shard.pool().in_use() == 0, "no byte is kept when everything has ended");
  return outcome;
}

/// Where nobody broke a rule, cuts change nothing; else they may only change how much was told before the end.
void cuts_do_not_matter(const Outcome& one, const Outcome& other) {
  const auto begins = [](const std::string& a, const std::string& b) { return a.starts_with(b) || b.starts_with(a); };
  for (const auto& [id, stream] : one.streams) {
    const auto at = other.streams.find(id);
    if (at == other.streams.end()) {
      hold(!one.clean || !other.clean, "cuts do not hide a stream");
      continue;
    }
    hold(begins(stream.told(), at->second.told()) && begins(stream.received(), at->second.received()),
         "cuts do not change what is told");
    if (!one.clean || !other.clean) continue;
    hold(stream.told() == at->second.told() && stream.received() == at->second.received(), "cuts do not lose anything");
  }
}

}  // namespace

// What follows the greeting on an HTTP/2 connection: at once, and in pieces. Each piece is a turn of the loop, so there
// are few of them; the input chooses where it comes byte by byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8000) return 0;
  const Mode mode{(data[0] & 1) != 0, (data[0] & 2) != 0, (data[0] & 4) != 0};
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome whole = play(mode, input, {input.size(), 0, 1});
  const std::size_t coarse = data[0] >> 3;
  const Outcome pieces = play(mode, input,
                              {.first = input.size() * data[1] / 256,
                               .single = kSingleBytes,
                               .piece = std::max(coarse * 8 + 1, input.size() / kPieces + 1)});
  cuts_do_not_matter(whole, pieces);
  cuts_do_not_matter(pieces, whole);
  return 0;
}
