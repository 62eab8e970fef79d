// An agent that dies with dials under way.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "server_and_agents.hpp"

namespace konduit::programs {
namespace {

using LostAgent = ServerAndAgents;
using test_support::Peer;

constexpr int kDials = 500;

/// Dials that wait for an agent that answers nothing and is the only one.
std::vector<Peer> dial_without_answer(const std::string& socket, const std::string& target) {
  std::vector<Peer> clients;
  for (int i = 0; i < kDials; ++i) {
    clients.push_back(Peer::connect(socket));
    clients.back().write(test_support::connect_request(target));
  }
  return clients;
}

TEST_F(LostAgent, LeavesItsPendingDialsToAnother) {
  start_server();
  start_agent("first");
  agent("first").program().signal(SIGSTOP);
  std::vector<Peer> clients = dial_without_answer(socket_url(), endpoint_.target());
  // Started behind them, and known to the server after it has read them.
  start_agent("second");
  for (const Peer& client : clients) EXPECT_EQ(client.unread(), 0U);
  agent("first").program().signal(SIGKILL);
  for (Peer& client : clients) {
    test_support::read_established(client);
    client.write("x");
  }
  for (int i = 0; i < kDials; ++i) EXPECT_EQ(endpoint_.accept().read(1), "x");
}

TEST_F(LostAgent, FailsItsPendingDialsAtOnceWhereThereIsNoOther) {
  start();
  agent().program().signal(SIGSTOP);
  std::vector<Peer> clients = dial_without_answer(socket_url(), endpoint_.target());
  // Accepted behind them, and answered without an agent.
  Peer last = Peer::connect(socket_url());
  last.write("GET / HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(last.read_to_end().starts_with("HTTP/1.1 405 "));
  agent().program().signal(SIGKILL);
  const auto killed = std::chrono::steady_clock::now();
  for (Peer& client : clients) {
    const std::string answer = client.read_to_end();
    // 503 is for those that the server reads only when the agent has gone.
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 ") || answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_TRUE(answer.find("agent") != std::string::npos) << "no reason in " << answer;
  }
  // They would have waited half a minute for their dial's deadline.
  EXPECT_LT(std::chrono::steady_clock::now() - killed, std::chrono::seconds(1));
}

}  // namespace
}  // namespace konduit::programs
