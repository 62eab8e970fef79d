// What SIGTERM does to a program that carries a tunnel.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "server_and_agents.hpp"

namespace konduit::programs {
namespace {

using Signals = ServerAndAgents;

/// Waits for the end of a tunnel, however it comes.
void await_end(test_support::Peer& peer) {
  try {
    EXPECT_EQ(peer.read_to_end(), "");
  } catch (const std::runtime_error& reset) {
    EXPECT_STREQ(reset.what(), "recv: Connection reset by peer");
  }
}

TEST_F(Signals, AServerDrainsUntilItsTunnelHasEndedAndRemovesItsSocket) {
  start();
  {
    Tunnel tunnel = open_tunnel();
    server().program().signal(SIGTERM);
    ASSERT_TRUE(server().program().says("draining"));
    expect_flow(tunnel.client, tunnel.target);
    EXPECT_FALSE(std::filesystem::exists(socket_file())) << "new clients would wait for a server that drains";
    EXPECT_FALSE(server().program().exit_status(std::chrono::milliseconds(0)));
  }
  EXPECT_EQ(server().program().exit_status(), 0) << server().program().output();
  EXPECT_FALSE(std::filesystem::exists(socket_file()));
}

TEST_F(Signals, AnInterruptDrainsAndASecondOneStopsLikewise) {
  start();
  Tunnel tunnel = open_tunnel();
  server().program().signal(SIGINT);
  ASSERT_TRUE(server().program().says("draining"));
  expect_flow(tunnel.client, tunnel.target);
  EXPECT_FALSE(server().program().exit_status(std::chrono::milliseconds(0)));
  server().program().signal(SIGINT);
  EXPECT_EQ(server().program().exit_status(), 0) << server().program().output();
  EXPECT_FALSE(std::filesystem::exists(socket_file()));
}

TEST_F(Signals, AnAgentDrainsUntilItsTunnelHasEnded) {
  start();
  {
    Tunnel tunnel = open_tunnel();
    agent().program().signal(SIGTERM);
    ASSERT_TRUE(agent().program().says("draining"));
    ASSERT_TRUE(server().program().says("an agent is draining"));
    expect_flow(tunnel.client, tunnel.target);
    EXPECT_FALSE(agent().program().exit_status(std::chrono::milliseconds(0)));
  }
  EXPECT_EQ(agent().program().exit_status(), 0) << agent().program().output();
}

TEST_F(Signals, AShortDrainTimeoutEndsTheTunnelsOfAServer) {
  start_server("100ms");
  start_agent();
  Tunnel tunnel = open_tunnel();
  server().program().signal(SIGTERM);
  EXPECT_EQ(server().program().exit_status(), 0) << server().program().output();
  EXPECT_FALSE(std::filesystem::exists(socket_file()));
  await_end(tunnel.client);
  await_end(tunnel.target);
}

TEST_F(Signals, AShortDrainTimeoutEndsTheTunnelsOfAnAgent) {
  start_server();
  start_agent("agent", "100ms");
  Tunnel tunnel = open_tunnel();
  agent().program().signal(SIGTERM);
  EXPECT_EQ(agent().program().exit_status(), 0) << agent().program().output();
  await_end(tunnel.client);
  await_end(tunnel.target);
}

TEST_F(Signals, ASecondOneStopsAServerAtOnce) {
  start();
  Tunnel tunnel = open_tunnel();
  server().program().signal(SIGTERM);
  ASSERT_TRUE(server().program().says("draining"));
  server().program().signal(SIGTERM);
  EXPECT_EQ(server().program().exit_status(), 0) << server().program().output();
  EXPECT_FALSE(std::filesystem::exists(socket_file()));
  await_end(tunnel.client);
  await_end(tunnel.target);
}

TEST_F(Signals, ASecondOneStopsAnAgentAtOnce) {
  start();
  Tunnel tunnel = open_tunnel();
  agent().program().signal(SIGTERM);
  ASSERT_TRUE(agent().program().says("draining"));
  agent().program().signal(SIGTERM);
  EXPECT_EQ(agent().program().exit_status(), 0) << agent().program().output();
  await_end(tunnel.client);
  await_end(tunnel.target);
}

}  // namespace
}  // namespace konduit::programs
