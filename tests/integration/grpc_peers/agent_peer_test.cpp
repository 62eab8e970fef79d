// An agent on grpc++ at our server; its clients are on grpc++ as well.
#include "agent_peer.hpp"

#include <gmock/gmock.h>

#include <future>
#include <optional>

#include "client_peer.hpp"
#include "programs.hpp"

namespace konduit::grpc_peers {
namespace {

constexpr std::size_t kMuch = 4 * 1024 * 1024;
constexpr std::int64_t kOwnId = 4711;

class AgentPeerTest : public Programs {
 protected:
  void SetUp() override {
    start_server();
    agent_.emplace(folder_, agents_place(), "grpcxx");
    ASSERT_EQ(agent_->told("serverid"), "s1");
    await_agent();
  }
  void TearDown() override {
    agent_.reset();
    Programs::TearDown();
  }

  /// The dial that the agent is asked for.
  DialRequest asked() {
    const Packet packet = agent_->next();
    EXPECT_EQ(packet.type(), DIAL_REQ);
    EXPECT_EQ(packet.dialrequest().protocol(), "tcp");
    EXPECT_NE(packet.dialrequest().random(), 0);
    EXPECT_EQ(packet.dialrequest().window(), 0) << "nobody has agreed on credit";
    return packet.dialrequest();
  }
  /// A dial of the client's that the agent lets succeed; answers the client's connectID.
  std::int64_t dial(ClientPeer& client) {
    auto dialled = std::async(std::launch::async, [&client] { return client.dial("node-1:10250"); });
    const DialRequest request = asked();
    EXPECT_EQ(request.address(), "node-1:10250");
    agent_->send(dial_response(request.random(), kOwnId));
    return dialled.get();
  }

  std::optional<AgentPeer> agent_;
};

TEST_F(AgentPeerTest, IsToldTheServersIdAndCountOnce) {
  EXPECT_EQ(agent_->told("serverid"), "s1");
  EXPECT_EQ(agent_->told("servercount"), "1");
  EXPECT_EQ(agent_->told("konduit-features"), "") << "it has not asked for any";
}

TEST_F(AgentPeerTest, ServesADialAndCloses) {
  ClientPeer client(socket_file());
  const std::int64_t id = dial(client);
  const std::string up = noise(kMuch, 1);
  const std::string down = noise(kMuch, 2);
  auto sent = std::async(std::launch::async,
                         [&] { return send_all([&](const Packet& packet) { return client.send(packet); }, id, up); });
  auto answered = std::async(std::launch::async, [&] {
    return send_all([&](const Packet& packet) { return agent_->send(packet); }, kOwnId, down);
  });
  auto arrived = std::async(std::launch::async, [&] { return receive([&] { return agent_->next(); }, kOwnId, kMuch); });
  const std::string received = receive([&] { return client.next(); }, id, kMuch);
  EXPECT_TRUE(received == down) << "what came down is not what was sent";
  EXPECT_TRUE(sent.get());
  EXPECT_TRUE(answered.get());
  EXPECT_TRUE(arrived.get() == up) << "what came up is not what was sent";

  client.send(close_request(id));
  const Packet closing = agent_->next();
  EXPECT_EQ(closing.type(), CLOSE_REQ);
  EXPECT_EQ(closing.closerequest().connectid(), kOwnId);
  agent_->send(close_response(kOwnId));
  const Packet closed = client.next();
  EXPECT_EQ(closed.type(), CLOSE_RSP);
  EXPECT_EQ(closed.closeresponse().connectid(), id);
  EXPECT_TRUE(client.end().ok());
}

TEST_F(AgentPeerTest, TellsTheClientThatTheEndpointHasClosed) {
  ClientPeer client(socket_file());
  const std::int64_t id = dial(client);
  agent_->send(data(kOwnId, "the last words"));
  agent_->send(close_response(kOwnId));
  EXPECT_EQ(receive([&] { return client.next(); }, id, 14), "the last words");
  EXPECT_EQ(client.next().type(), CLOSE_RSP);
  EXPECT_TRUE(client.end().ok());
}

TEST_F(AgentPeerTest, RefusesADialInItsOwnWords) {
  ClientPeer client(socket_file());
  auto dialled = std::async(std::launch::async, [&client]() -> std::string {
    try {
      client.dial("node-1:10250");
    } catch (const std::runtime_error& refused) {
      return refused.what();
    }
    return "no error";
  });
  agent_->send(dial_response(asked().random(), 0, "dial tcp: lookup node-1: no such host"));
  EXPECT_EQ(dialled.get(), "dial tcp: lookup node-1: no such host");
}

TEST_F(AgentPeerTest, LearnsThatAClientHasGone) {
  {
    ClientPeer client(socket_file());
    dial(client);
    client.cancel();
  }
  const Packet closing = agent_->next();
  EXPECT_EQ(closing.type(), CLOSE_REQ);
  EXPECT_EQ(closing.closerequest().connectid(), kOwnId);
  agent_->send(close_response(kOwnId));
}

}  // namespace
}  // namespace konduit::grpc_peers
