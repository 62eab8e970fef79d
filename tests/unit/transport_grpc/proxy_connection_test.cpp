#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "konduit/testkit/memory_stream.hpp"
#include "proxy_fixture.hpp"
#include "transport-grpc/proxy_connection.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;
using testkit::MemoryStream;

/// One connection, whose client hears nothing where the test wants it so.
class ProxyConnectionTest : public testing::Test, private ProxyConnection::Owner {
 protected:
  ProxyConnectionTest() {
    shard_.deadlines().fake_clock();
    dialer_.at_once = true;
    auto [client, server] = MemoryStream::make_pair(shard_, {.window = kWide}, {.window = kWide});
    wire_ = server.get();
    ProxyConnection::Owner& owner = *this;
    connection_ = std::make_unique<ProxyConnection>(service_, Connection{std::move(server), {}, ""}, owner);
    client_ = std::make_unique<RawPeer>(shard_, std::move(client), http2::Role::client);
    settle();
  }
  ~ProxyConnectionTest() override {
    for (const auto& dial : dialer_.dials) dial->spliced.reset();
    connection_.reset();
    tasks_.cancel();
    testkit::await(shard_, tasks_.join());
  }
  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }
  void dial(std::int64_t random) {
    client_->call("/ProxyService/Proxy");
    client_->send(ask(random));
    settle();
  }
  void call_as_one_of_ours() { client_->call("/ProxyService/Proxy", {{"konduit-features", "credit/1, reset/1"}}); }
  void pass(int seconds) {
    for (int second = 0; second < seconds; ++second) {
      shard_.deadlines().advance(1s);
      settle();
    }
  }
  /// A tunnel on the client's last stream, over which more than a window goes within 500 ms; what was granted
  /// meanwhile.
  std::size_t granted_for_a_window(std::int64_t random) {
    client_->send(ask(random));
    settle();
    const std::int64_t id = client_->heard(DIAL_RSP).packet.dialresponse().connectid();
    testkit::StreamUser target(shard_, std::move(dialer_.dials.back()->spliced));
    target.receive();
    for (int quarter = 0; quarter < 5; ++quarter) {
      client_->send_data(id, testkit::pattern(host_.budget().share() / 4));
      settle();
      shard_.deadlines().advance(100ms);
    }
    return static_cast<std::size_t>(client_->of().credit[id]);
  }

  Shard shard_;
  testkit::TestHost host_{shard_, "grpc/kas"};
  FakeDialer dialer_{shard_};
  TaskGroup tasks_{shard_};
  ConnectIds ids_{0};
  PacketCounters counters_{host_.metrics()};
  Offenders offenders_{host_};
  ProxyService service_{shard_,
                        dialer_,
                        tasks_,
                        ids_,
                        counters_,
                        "grpc/kas",
                        30s,
                        Duration::zero(),
                        host_.budget(),
                        offenders_,
                        host_.metrics().gauge("streams", "Streams.")};
  MemoryStream* wire_ = nullptr;  // the server's end
  std::unique_ptr<ProxyConnection> connection_;
  std::unique_ptr<RawPeer> client_;

 private:
  void connection_closed(ProxyConnection&, error_code, std::string_view) override {}
};

TEST_F(ProxyConnectionTest, APingThatIsNeverAnsweredIsForgottenWithItsTunnelsGate) {
  wire_->hold();
  dial(1);
  EXPECT_EQ(connection_->pings(), 1u);
  client_->send_data(1, "it knows the tunnel");
  settle();
  EXPECT_EQ(connection_->pings(), 0u);

  dial(2);
  EXPECT_EQ(connection_->pings(), 1u);
  client_->connection().reset(client_->last, http2::ErrorCode::cancel);
  settle();
  EXPECT_EQ(connection_->pings(), 0u);
}

TEST_F(ProxyConnectionTest, WindowsGrowByTheRoundTripToAClientOfOurs) {
  wire_->hold();
  call_as_one_of_ours();
  settle();
  shard_.deadlines().advance(300ms);
  wire_->release();
  settle();
  const std::size_t share = host_.budget().share();
  EXPECT_GT(granted_for_a_window(1), 3 * share / 2);
  call_as_one_of_ours();
  settle();
  EXPECT_GT(granted_for_a_window(2), 3 * share / 2) << "on a stream that was opened later";
}

TEST_F(ProxyConnectionTest, AClientOfOursThatFallsSilentIsNoticedInTenSeconds) {
  call_as_one_of_ours();
  pass(60);
  EXPECT_FALSE(connection_->http2().closed());
  wire_->hold();
  pass(11);
  EXPECT_TRUE(connection_->http2().closed());
}

TEST_F(ProxyConnectionTest, AStockClientIsNotAsked) {
  client_->call("/ProxyService/Proxy");
  settle();
  const std::uint64_t heard = client_->connection().received();
  pass(60);
  EXPECT_EQ(client_->connection().received(), heard);
}

}  // namespace
}  // namespace konduit::transport_grpc
