#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/resting_shard.hpp"
#include "fuzz/tunnel_peer.hpp"
#include "konduit/frontend.hpp"
#include "konduit/stream_pair.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "transport-grpc/answering_end.hpp"
#include "transport-grpc/dialing_end.hpp"
#include "transport-grpc/packets.hpp"

// Sequences of packets and of their users' calls against one end of the tunnel protocol: the end that dials or the one
// that answers, with any set of agreed features. The other end is TunnelPeer, which keeps the books and aborts where
// this end breaks docs/protocol.md.
namespace {

using namespace konduit;
using namespace konduit::transport_grpc;

/// The script: bytes that run out as zeros.
class Script {
 public:
  Script(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
  bool done() const { return at_ == end_; }
  unsigned next() { return done() ? 0 : *at_++; }
  std::string_view rest(std::size_t most) {
    const auto count = std::min<std::size_t>(most, static_cast<std::size_t>(end_ - at_));
    const std::string_view bytes(reinterpret_cast<const char*>(at_), count);
    at_ += count;
    return bytes;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

/// Who uses a tunnel as a relay would.
class User final : private Stream::Observer {
 public:
  User(Shard& shard, StreamPtr stream, const bool& honest)
      : shard_(shard), honest_(honest), stream_(std::move(stream)) {
    stream_->observe(this);
  }

  void read(std::size_t most) {
    BufferQueue bytes;
    ReadShape shape;
    shape.limit = static_cast<std::uint32_t>(most);
    const auto got = stream_->try_read(bytes, shape);
    if (got && ended_) fuzz::broken("bytes behind the end of reading");
    if (!got && !would_block(got.error())) ended_ = true;
    while (!bytes.empty()) {
      const Buffer slice = bytes.pop_front();
      if (!fuzz::is_pattern(slice.bytes(), read_) && honest_) {
        fuzz::broken("received bytes are not those that were sent");
      }
      read_ += slice.size();
    }
  }
  void write(std::size_t count) {
    while (unsent_.size() < count) {
      Buffer piece = shard_.pool().allocate(std::min<std::size_t>(count - unsent_.size(), 5000), 40);
      fuzz::write_pattern(piece.bytes(), written_);
      written_ += piece.size();
      unsent_.push_back(std::move(piece));
    }
    push();
  }
  void half_close() {
    if (unsent_.empty()) stream_->half_close();
  }
  void close() { stream_->close(); }
  void reset() { stream_->reset(ResetReason::cancelled); }

 private:
  void on_readable() override {}
  void on_writable() override { push(); }
  void on_closed(error_code) override {
    if (std::exchange(closed_, true)) fuzz::broken("on_closed() came twice");
  }
  void push() {
    if (!unsent_.empty() && !stream_->try_write(unsent_)) return;
  }

  Shard& shard_;
  const bool& honest_;  // of the peer
  StreamPtr stream_;
  BufferQueue unsent_;
  std::size_t read_ = 0;
  std::size_t written_ = 0;
  bool ended_ = false;
  bool closed_ = false;
};

using Users = std::deque<std::unique_ptr<User>>;

/// A pipeline in which every other dial succeeds at once.
class Pipeline final : public Dialer {
 public:
  Pipeline(Shard& shard, Users& users, const bool& honest) : shard_(shard), users_(users), honest_(honest) {}
  awaitable<DialResult<std::unique_ptr<Tunnel>>> dial(konduit::DialRequest request) override {
    if (request.target.port % 2 == 1) co_return DialError{DialErrc::refused, false, "refused"};
    co_return std::make_unique<Spliced>(*this);
  }

 private:
  struct Spliced final : Tunnel {
    explicit Spliced(Pipeline& p) : pipeline(p) {}
    void splice(StreamPtr client) override {
      pipeline.users_.push_back(std::make_unique<User>(pipeline.shard_, std::move(client), pipeline.honest_));
    }
    Pipeline& pipeline;
  };
  Shard& shard_;
  Users& users_;
  const bool& honest_;
};

/// The end under test on its connection.
class End final : public http2::ConnectionHandler, PacketStream::Handler, DialingEnd::Handler, AnsweringEnd::Handler {
 public:
  End(Shard& shard, StreamPtr stream, bool dials, PeerFeatures features, bool shared, const bool& honest)
      : shard_(shard),
        budget_(1'000'000, 100, shards_),
        host_(shard),
        counters_(host_.metrics()),
        measures_(host_.metrics()),
        offenders_(host_),
        tasks_(shard),
        honest_(honest),
        pipeline_(shard, users, honest),
        connection_(std::make_unique<http2::Connection>(shard, std::move(stream), http2::Role::server,
                                                        http2::Settings{}, *this)),
        context_(std::make_shared<const TunnelContext>(TunnelContext{features, shared, "peer", budget_, offenders_})),
        dials_(dials) {}
  ~End() {
    users.clear();
    if (dialing_) dialing_->lose(StreamErrc::reset);
    if (answering_) answering_->lose(StreamErrc::reset);
    tasks_.cancel();
    testkit::await(shard_, tasks_.join());
    users.clear();
    connection_.reset();
    if (budget_.promised() != 0) fuzz::broken("a promise of the budget was not taken back");
  }

  void dial() {
    if (!dialing_ || packets_->ended()) return;
    tasks_.spawn(run(this));
  }
  bool over() const { return over_ || !packets_ || packets_->ended(); }

  Users users;

 private:
  static awaitable<void> run(End* end) {
    auto stream = co_await DialingEnd::dial(&*end->dialing_, Target{"10.0.0.1", 80},
                                            end->shard_.now() + std::chrono::seconds(30));
    if (stream) end->users.push_back(std::make_unique<User>(end->shard_, std::move(*stream), end->honest_));
  }

  http2::StreamHandler* on_stream(http2::StreamId id, const http2::Headers&, bool) override {
    if (packets_) return nullptr;
    connection_->respond(id, http2::grpc_response(), false);
    PacketStream::Handler& packets_handler = *this;
    packets_.emplace(*connection_, http2::Role::server, PacketStream::Water{}, counters_, packets_handler);
    packets_->attach(id);
    if (dials_) {
      DialingEnd::Handler& handler = *this;
      dialing_.emplace(*packets_, context_, measures_, handler);
    } else {
      AnsweringEnd::Handler& handler = *this;
      answering_.emplace(*packets_, pipeline_, tasks_, ids_, settings_, false, context_, handler);
    }
    return &*packets_;
  }
  void on_closed(error_code, std::string_view) override { over_ = true; }

  void on_metadata(const http2::Headers&) override {}
  void on_packet(const ::Packet& packet) override {
    dialing_ ? dialing_->on_packet(packet) : answering_->on_packet(packet);
  }
  void on_payload(std::int64_t id, BufferQueue& payload, std::size_t charge) override {
    dialing_ ? dialing_->on_payload(id, payload, charge) : answering_->on_payload(id, payload, charge);
  }
  void on_window(std::int64_t id, std::int64_t bytes) override {
    dialing_ ? dialing_->on_window(id, bytes) : answering_->on_window(id, bytes);
  }
  void on_stream_end(const http2::GrpcEnd&) override {
    if (dialing_) dialing_->lose(StreamErrc::reset);
    if (answering_) answering_->lose(StreamErrc::reset);
  }
  void on_load(std::size_t, std::size_t) override {}
  void on_idle() override {}
  void on_unknown_data(std::int64_t) override {}
  void on_unknown_close(std::int64_t id) override { packets_->reply(close_response(id, "Unknown connectID")); }
  void ping(std::int64_t) override {}
  void forget_ping(std::int64_t) override {}

  Shard& shard_;
  std::vector<Shard*> shards_;
  MemoryBudget budget_;
  testkit::TestHost host_;
  PacketCounters counters_;
  DialMeasures measures_;
  Offenders offenders_;
  TaskGroup tasks_;
  const bool& honest_;
  Pipeline pipeline_;
  ConnectIds ids_{0};
  const AnsweringEnd::Settings settings_{.frontend = "fuzz", .peer = {}};
  std::unique_ptr<http2::Connection> connection_;
  const std::shared_ptr<const TunnelContext> context_;
  std::optional<PacketStream> packets_;
  std::optional<DialingEnd> dialing_;
  std::optional<AnsweringEnd> answering_;
  const bool dials_;
  bool over_ = false;
};

void use(User& user, unsigned what, unsigned how_much) {
  switch (what % 8) {
    case 0:
    case 1: return user.read(1 + how_much * 300);
    case 2:
    case 3: return user.write(1 + how_much * 300);
    case 4: return user.half_close();
    case 5: return user.close();
    case 6: return user.reset();
    default: return;
  }
}

void play(Script& script, Shard& shard, End& end, fuzz::TunnelPeer& peer) {
  for (int steps = 0; steps < 300 && !script.done() && !end.over(); ++steps) {
    const unsigned operation = script.next();
    const unsigned argument = script.next();
    const std::int64_t id = peer.id_of(argument % 8);
    switch (operation % 13) {
      case 0: end.dial(); break;
      case 1: peer.answer(argument); break;
      case 2: peer.send_data(id, 1 + script.next() * 100); break;
      case 3: peer.grant(id, static_cast<std::int8_t>(script.next()) * 1000); break;
      case 4: peer.half_close(id); break;
      case 5: peer.send(reset(id, ResetReason::internal)); break;
      case 6: peer.close(id); break;
      case 7: peer.dial(argument); break;
      case 8:
        if (!end.users.empty()) use(*end.users[argument % end.users.size()], script.next(), script.next());
        break;
      case 9:
        if (!end.users.empty()) end.users.erase(end.users.begin() + argument % end.users.size());
        break;
      case 10: shard.deadlines().advance(std::chrono::seconds(argument % 10)); break;
      case 11: peer.send_raw(script.rest(argument % 40)); break;
      default: break;
    }
    if (operation & 0x80) shard.run_ready();
  }
  shard.run_ready();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  Script script(data, size);
  const unsigned mode = script.next();
  const PeerFeatures features{(mode & 1) != 0, (mode & 2) != 0, (mode & 4) != 0};
  Shard& shard = fuzz::resting_shard();
  bool honest = true;
  StreamPair pair = make_stream_pair(shard, shard, 4 * 1024 * 1024);
  {
    End end(shard, std::move(pair.second), (mode & 8) != 0, features, (mode & 16) != 0, honest);
    fuzz::TunnelPeer peer(shard, std::move(pair.first), features, honest);
    shard.run_ready();
    play(script, shard, end, peer);
  }
  shard.run_ready();
  if (shard.pool().in_use() != 0) fuzz::broken("bytes are kept when everything has ended");
  return 0;
}
