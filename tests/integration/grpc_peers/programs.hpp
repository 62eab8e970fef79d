#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "support/konduit_process.hpp"
#include "support/peer.hpp"
#include "support/temp_directory.hpp"

namespace konduit::grpc_peers {

/// The programs under the reference's flags, gRPC on both sides of the server. At a test's end they drain and exit with
/// 0, so that no tunnel may be left.
class Programs : public ::testing::Test {
 protected:
  Programs();
  void TearDown() override;

  void start_server();
  /// For a server on that port. Waits for nothing.
  void start_agent(int server_port);
  void await_agent();

  test_support::KonduitProcess& server() { return *server_; }
  test_support::KonduitProcess& agent() { return *agent_; }
  std::string socket_file() const { return folder_.file("kas.sock"); }
  /// "127.0.0.1:PORT" of the server, for agents.
  std::string agents_place() const { return server_->url("agents/cluster").substr(std::string("tcp://").size()); }

  test_support::TempDirectory folder_;
  test_support::Endpoint endpoint_;

 private:
  std::unique_ptr<test_support::KonduitProcess> server_;
  std::unique_ptr<test_support::KonduitProcess> agent_;
};

/// The text of a file.
std::string content_of(const std::string& file);

/// Reads until the connection is over, by an end of stream or a reset.
void expect_end(test_support::Peer& peer);

}  // namespace konduit::grpc_peers
