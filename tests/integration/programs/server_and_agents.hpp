#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "support/konduit_process.hpp"
#include "support/peer.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {

/// A server and its agents, each a process of its own, with mutual TLS between them. Whatever still runs at a test's
/// end has to drain and exit with 0 then: a tunnel that nobody ends would keep it.
class ServerAndAgents : public ::testing::Test {
 protected:
  ServerAndAgents();
  void TearDown() override;

  /// `drain_timeout` as the document has it.
  void start_server(const std::string& drain_timeout = "1h");
  /// Waits until the server knows the agent.
  void start_agent(const std::string& name = "agent", const std::string& drain_timeout = "1h");
  void start() {
    start_server();
    start_agent();
  }

  test_support::KonduitProcess& server() { return *server_; }
  test_support::KonduitProcess& agent(const std::string& name = "agent") { return *agents_.at(name); }
  std::string socket_file() const { return folder_.file("connect.sock"); }
  std::string socket_url() const { return "uds://" + socket_file(); }
  std::string tls_url() const { return server_->url("http-connect/tls"); }
  std::string ca_file() const { return folder_.file("ca.pem"); }

  /// A tunnel through the Unix socket, and what the endpoint has accepted for it.
  struct Tunnel {
    test_support::Peer client;
    test_support::Peer target;
  };
  Tunnel open_tunnel();

  test_support::TempDirectory folder_;
  test_support::Endpoint endpoint_;

 private:
  std::unique_ptr<test_support::KonduitProcess> server_;
  std::map<std::string, std::unique_ptr<test_support::KonduitProcess>> agents_;
};

/// Bytes go through in both directions. Throws where they do not.
void expect_flow(test_support::Peer& one, test_support::Peer& other);

}  // namespace konduit::programs
