#include "transport-grpc/keep_alive.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "http2/grpc.hpp"
#include "konduit/testkit/memory_stream.hpp"
#include "support/slow_link.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::MemoryStream;

/// A connection that is kept alive as between ends of this project, and one stream of it.
class End final : public http2::ConnectionHandler, public http2::StreamHandler {
 public:
  End(Shard& shard, StreamPtr stream, http2::Role role)
      : connection(shard, std::move(stream), role, settings(), *this), keep_alive(connection, 0s) {}

  void call() { id = connection.request(http2::grpc_request("http", "test", "/AgentService/Connect"), *this); }
  void send(std::size_t bytes) {
    to_send += bytes;
    push();
  }

  std::size_t received = 0;
  std::string closed;
  http2::Connection connection;
  KeepAlive keep_alive;
  http2::StreamId id = 0;
  std::size_t to_send = 0;

 private:
  static http2::Settings settings() {
    http2::Settings settings;
    settings.stream_window = 4 * 1024 * 1024;
    settings.connection_window = 16 * 1024 * 1024;
    return settings;
  }
  void push() {
    while (to_send > 0 && connection.writable(id)) {
      const std::size_t size = std::min<std::size_t>(to_send, 16'000);
      to_send -= size;
      connection.push(id, connection.shard().pool().allocate(size, 9));
    }
  }

  http2::StreamHandler* on_stream(http2::StreamId stream, const http2::Headers&, bool) override {
    id = stream;
    connection.respond(id, http2::grpc_response(), false);
    return this;
  }
  void on_ping_ack(std::uint64_t opaque) override {
    if (opaque == KeepAlive::kOpaque) keep_alive.acknowledged();
  }
  void on_closed(error_code, std::string_view text) override { closed = text; }
  void on_headers(http2::StreamId, const http2::Headers&, bool) override {}
  void on_data(http2::StreamId, Buffer bytes) override {
    received += bytes.size();
    connection.consume(id, bytes.size());
  }
  void on_trailers(http2::StreamId, const http2::Headers&) override {}
  void on_end(http2::StreamId) override {}
  void on_writable(http2::StreamId) override { push(); }
  void on_closed(http2::StreamId, http2::ErrorCode) override {}
};

/// `near_` writes to `far_` over a slow link.
class KeepAliveTest : public testing::Test {
 protected:
  static constexpr std::size_t kPace = 60'000;

  explicit KeepAliveTest(std::size_t buffer = 1024 * 1024) {
    shard_.deadlines().fake_clock();
    auto [first, second] = MemoryStream::make_pair(shard_, {.window = kWide}, {.window = kWide});
    auto link = std::make_unique<test_support::SlowLink>(shard_, std::move(first), kPace, buffer);
    link_ = link.get();
    near_ = std::make_unique<End>(shard_, std::move(link), http2::Role::client);
    other_side_ = std::move(second);
  }
  void connect() {
    far_ = std::make_unique<End>(shard_, std::move(other_side_), http2::Role::server);
    near_->call();
    near_->keep_alive.watch_closely();
    pass(1s);
  }
  void pass(Duration time) {
    for (Duration passed{}; passed < time; passed += 100ms) {
      shard_.deadlines().advance(100ms);
      shard_.run_ready();
    }
  }
  void expect_open() {
    EXPECT_EQ(near_->closed, "");
    if (far_ != nullptr) {
      EXPECT_EQ(far_->closed, "");
    }
  }
  void carry(std::size_t bytes) {
    far_->keep_alive.watch_closely();
    near_->send(bytes);
    while (far_->received < bytes && near_->closed.empty() && far_->closed.empty()) pass(1s);
    pass(60s);
    EXPECT_EQ(far_->received, bytes);
    expect_open();
  }

  static constexpr std::size_t kWide = 64 * 1024 * 1024;
  Shard shard_;
  std::unique_ptr<MemoryStream> other_side_;
  test_support::SlowLink* link_ = nullptr;
  std::unique_ptr<End> near_;
  std::unique_ptr<End> far_;
};

TEST_F(KeepAliveTest, ALinkThatIsSlowCarriesALargeTransfer) {
  connect();
  carry(30 * 1024 * 1024);
}

class HostInBetweenTest : public KeepAliveTest {
 protected:
  HostInBetweenTest() : KeepAliveTest(256 * 1024) { link_->tell_nothing(); }
};

TEST_F(HostInBetweenTest, ALinkThatIsSlowCarriesALargeTransfer) {
  connect();
  carry(30 * 1024 * 1024);
}

TEST_F(KeepAliveTest, AnIdlePeerThatHasGoneIsNoticedWithinIntervalAndPatience) {
  connect();
  link_->set_pace(0);
  pass(8s);
  expect_open();
  pass(2s);
  EXPECT_EQ(near_->closed, "the peer does not answer PINGs");
}

TEST_F(KeepAliveTest, APeerThatGoesInMidTransferIsNoticedWithinIntervalAndPatience) {
  connect();
  near_->send(30 * 1024 * 1024);
  pass(42s);
  expect_open();
  link_->set_pace(0);
  pass(10s);
  EXPECT_TRUE(near_->connection.closed());
  pass(6s);  // in which it might still take GOAWAY
  EXPECT_EQ(near_->closed, "the peer does not answer PINGs");
}

TEST_F(KeepAliveTest, APeerThatAnswersNothingIsNoticedThoughItsHostTakesWhatComesNowAndThen) {
  near_->call();
  near_->keep_alive.watch_closely();
  for (int second = 0; second < 5; ++second) {
    EXPECT_EQ(near_->closed, "");
    near_->connection.push(near_->id, shard_.pool().copy("a few bytes", 9));
    pass(1s);
  }
  EXPECT_TRUE(near_->connection.closed());
}

}  // namespace
}  // namespace konduit::transport_grpc
