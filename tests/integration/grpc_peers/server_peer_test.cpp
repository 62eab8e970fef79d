// Our agent at a server on grpc++.
#include "server_peer.hpp"

#include <gmock/gmock.h>

#include <future>
#include <optional>

#include "programs.hpp"

namespace konduit::grpc_peers {
namespace {

using test_support::Peer;
using ::testing::HasSubstr;

constexpr std::size_t kMuch = 4 * 1024 * 1024;
constexpr std::int64_t kRandom = -42;

class ServerPeerTest : public Programs {
 protected:
  void SetUp() override {
    server_.emplace(folder_);
    start_agent(server_->port());
    ASSERT_TRUE(server_->has_agent()) << agent().program().output();
  }
  void TearDown() override {
    // The agent first: it would look for the server again.
    Programs::TearDown();
    server_.reset();
  }

  DialResponse dialled(const std::string& address) {
    server_->send(dial_request(address, kRandom));
    const Packet answer = server_->next();
    EXPECT_EQ(answer.type(), DIAL_RSP);
    EXPECT_EQ(answer.dialresponse().random(), kRandom);
    return answer.dialresponse();
  }

  std::optional<ServerPeer> server_;
};

TEST_F(ServerPeerTest, IsToldWhoTheAgentIs) {
  EXPECT_EQ(server_->told("agentid"), "a1");
  EXPECT_EQ(server_->told("agentidentifiers"), "host=node-1&ipv4=192.0.2.1");
  EXPECT_EQ(server_->told("authorization"), "");
  EXPECT_TRUE(agent().program().says("connected to a server")) << agent().program().output();
}

TEST_F(ServerPeerTest, DialsThroughTheAgentAndCloses) {
  const std::int64_t id = dialled(endpoint_.target()).connectid();
  ASSERT_NE(id, 0);
  Peer target = endpoint_.accept();
  const std::string up = noise(kMuch, 1);
  const std::string down = noise(kMuch, 2);
  auto sent = std::async(std::launch::async,
                         [&] { return send_all([&](const Packet& packet) { return server_->send(packet); }, id, up); });
  auto answered = std::async(std::launch::async, [&] { target.write(down); });
  auto arrived = std::async(std::launch::async, [&] { return target.read(kMuch); });
  const std::string received = receive([&] { return server_->next(); }, id, kMuch);
  EXPECT_TRUE(received == down) << "what came down is not what was sent";
  EXPECT_TRUE(sent.get());
  answered.get();
  EXPECT_TRUE(arrived.get() == up) << "what came up is not what was sent";

  server_->send(close_request(id));
  const Packet closed = server_->next();
  EXPECT_EQ(closed.type(), CLOSE_RSP);
  EXPECT_EQ(closed.closeresponse().connectid(), id);
  EXPECT_EQ(closed.closeresponse().error(), "");
  expect_end(target);
}

TEST_F(ServerPeerTest, IsToldWhyADialFails) {
  const DialResponse refused = dialled("127.0.0.1:1");
  EXPECT_THAT(refused.error(), HasSubstr("dial tcp 127.0.0.1:1: connect: connection refused"));
  EXPECT_EQ(refused.connectid(), 0);
}

TEST_F(ServerPeerTest, IsAnsweredForTunnelsThatAreNotThere) {
  server_->send(data(7, "lost"));
  Packet answer = server_->next();
  EXPECT_EQ(answer.type(), CLOSE_RSP);
  EXPECT_EQ(answer.closeresponse().error(), "unrecognized connectID");
  server_->send(close_request(8));
  answer = server_->next();
  EXPECT_EQ(answer.type(), CLOSE_RSP);
  EXPECT_EQ(answer.closeresponse().error(), "Unknown connectID");
}

}  // namespace
}  // namespace konduit::grpc_peers
