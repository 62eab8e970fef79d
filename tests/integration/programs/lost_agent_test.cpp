// An agent that dies with dials under way.
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "server_and_agents.hpp"

namespace konduit::programs {
namespace {

using LostAgent = ServerAndAgents;
using test_support::Peer;

TEST_F(LostAgent, LeavesItsPendingDialsToAnother) {
  constexpr int kDials = 40;
  start_server();
  start_agent("first");
  // It answers nothing from now on, and is the only one that the dials can go to.
  agent("first").program().signal(SIGSTOP);
  std::vector<Peer> clients;
  for (int i = 0; i < kDials; ++i) {
    clients.push_back(Peer::connect(socket_url()));
    clients.back().write(test_support::connect_request(endpoint_.target()));
  }
  // Started behind them, and known to the server after it has read them.
  start_agent("second");
  for (const Peer& client : clients) EXPECT_EQ(client.unread(), 0U);
  agent("first").program().signal(SIGKILL);
  std::vector<Peer> targets;
  for (Peer& client : clients) {
    test_support::read_established(client);
    targets.push_back(endpoint_.accept());
  }
  for (Peer& client : clients) client.write("x");
  for (Peer& target : targets) EXPECT_EQ(target.read(1), "x");
}

}  // namespace
}  // namespace konduit::programs
