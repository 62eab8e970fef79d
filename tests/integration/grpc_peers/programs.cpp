#include "programs.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "support/link_certificates.hpp"

namespace konduit::grpc_peers {

using test_support::KonduitProcess;

Programs::Programs() { test_support::write_link_certificates(folder_); }

void Programs::TearDown() {
  for (KonduitProcess* process : {agent_.get(), server_.get()}) {
    if (!process) continue;
    process->program().signal(SIGTERM);
    EXPECT_EQ(process->program().exit_status(), 0) << process->program().output();
  }
}

void Programs::start_server() {
  server_ = std::make_unique<KonduitProcess>(
      folder_, "server",
      std::vector<std::string>{
          "server", "--mode=grpc", "--uds-name=" + socket_file(), "--server-port=0", "--agent-bind-address=127.0.0.1",
          "--agent-port=0", "--health-bind-address=127.0.0.1", "--health-port=0", "--admin-port=0", "--server-id=s1",
          "--cluster-cert=" + folder_.file("server.pem"), "--cluster-key=" + folder_.file("server.key"),
          "--cluster-ca-cert=" + folder_.file("ca.pem"), "--graceful-shutdown-timeout=1h"});
  server_->await_ready();
}

void Programs::start_agent(int server_port) {
  agent_ = std::make_unique<KonduitProcess>(
      folder_, "agent",
      std::vector<std::string>{"agent", "--proxy-server-host=127.0.0.1",
                               "--proxy-server-port=" + std::to_string(server_port), "--agent-id=a1",
                               "--agent-identifiers=host=node-1&ipv4=192.0.2.1", "--ca-cert=" + folder_.file("ca.pem"),
                               "--agent-cert=" + folder_.file("agent.pem"), "--agent-key=" + folder_.file("agent.key"),
                               "--health-server-host=127.0.0.1", "--health-server-port=0", "--admin-server-port=0"});
}

void Programs::await_agent() {
  const bool known = server_->program().says("an agent connected");
  ASSERT_TRUE(known) << server_->program().output();
}

std::string content_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void expect_end(test_support::Peer& peer) {
  peer.await_readable();
  try {
    peer.read_to_end();
  } catch (const std::runtime_error& reset) {
    EXPECT_NE(std::string(reset.what()).find("reset"), std::string::npos) << reset.what();
  }
}

}  // namespace konduit::grpc_peers
