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

}  // namespace
}  // namespace konduit::transport_grpc
