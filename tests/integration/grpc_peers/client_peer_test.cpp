// A client on grpc++ through our server and our agent.
#include "client_peer.hpp"

#include <gmock/gmock.h>

#include <future>

#include "programs.hpp"

namespace konduit::grpc_peers {
namespace {

using test_support::Peer;
using ::testing::HasSubstr;

constexpr std::size_t kMuch = 8 * 1024 * 1024;

class ClientPeerTest : public Programs {
 protected:
  void SetUp() override {
    start_server();
    const std::string place = agents_place();
    start_agent(std::stoi(place.substr(place.rfind(':') + 1)));
    await_agent();
  }
};

TEST_F(ClientPeerTest, MovesBytesBothWaysAtOnceAndCloses) {
  ClientPeer client(socket_file());
  const std::int64_t id = client.dial(endpoint_.target());
  ASSERT_NE(id, 0);
  Peer target = endpoint_.accept();
  const std::string up = noise(kMuch, 1);
  const std::string down = noise(kMuch, 2);
  auto sent = std::async(std::launch::async,
                         [&] { return send_all([&](const Packet& packet) { return client.send(packet); }, id, up); });
  auto answered = std::async(std::launch::async, [&] { target.write(down); });
  auto arrived = std::async(std::launch::async, [&] { return target.read(kMuch); });
  const std::string received = receive([&] { return client.next(); }, id, kMuch);
  EXPECT_TRUE(received == down) << "what came down is not what was sent";
  EXPECT_TRUE(sent.get());
  answered.get();
  EXPECT_TRUE(arrived.get() == up) << "what came up is not what was sent";

  client.send(close_request(id));
  const Packet closed = client.next();
  EXPECT_EQ(closed.type(), CLOSE_RSP);
  EXPECT_EQ(closed.closeresponse().connectid(), id);
  EXPECT_EQ(closed.closeresponse().error(), "");
  EXPECT_TRUE(client.end().ok());
  expect_end(target);
}

TEST_F(ClientPeerTest, GetsEverythingOfAnEndpointThatCloses) {
  ClientPeer client(socket_file());
  const std::int64_t id = client.dial(endpoint_.target());
  Peer target = endpoint_.accept();
  const std::string down = noise(kMuch / 4, 3);
  auto answered = std::async(std::launch::async, [&] {
    target.write(down);
    target.close();
  });
  const std::string received = receive([&] { return client.next(); }, id, down.size());
  EXPECT_TRUE(received == down) << "what came down is not what was sent";
  answered.get();
  const Packet closed = client.next();
  EXPECT_EQ(closed.type(), CLOSE_RSP);
  EXPECT_EQ(closed.closeresponse().connectid(), id);
  EXPECT_TRUE(client.end().ok());
}

TEST_F(ClientPeerTest, IsToldWhyADialFails) {
  ClientPeer client(socket_file());
  std::string error;
  try {
    client.dial("127.0.0.1:1");
  } catch (const std::runtime_error& refused) {
    error = refused.what();
  }
  EXPECT_THAT(error, HasSubstr("dial tcp 127.0.0.1:1: connect: connection refused"));
  EXPECT_TRUE(client.end().ok()) << "the stream of a failed dial ends with status 0";
}

TEST_F(ClientPeerTest, ClosesTheTunnelByCancellingItsStream) {
  ClientPeer client(socket_file());
  client.dial(endpoint_.target());
  Peer target = endpoint_.accept();
  client.cancel();
  EXPECT_EQ(client.end().error_code(), grpc::StatusCode::CANCELLED);
  expect_end(target);
}

TEST_F(ClientPeerTest, HasAsManyTunnelsAsItLikes) {
  constexpr int kTunnels = 20;
  std::vector<std::unique_ptr<ClientPeer>> clients;
  std::vector<Peer> targets;
  for (int i = 0; i < kTunnels; ++i) {
    clients.push_back(std::make_unique<ClientPeer>(socket_file()));
    const std::int64_t id = clients.back()->dial(endpoint_.target());
    targets.push_back(endpoint_.accept());
    const std::string word = "tunnel " + std::to_string(i);
    clients.back()->send(data(id, word));
    EXPECT_EQ(targets.back().read(word.size()), word);
    targets.back().write(word);
    EXPECT_EQ(receive([&] { return clients.back()->next(); }, id, word.size()), word);
  }
}

}  // namespace
}  // namespace konduit::grpc_peers
