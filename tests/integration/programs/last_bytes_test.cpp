// A close that finds unread bytes, or is followed by some, makes TCP reset the connection, and what the peer has not
// read is lost. A program that has nothing else to do owes its clients the end of what it sent them all the same.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "support/konduit_process.hpp"
#include "support/peer.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {
namespace {

using namespace std::chrono_literals;
using test_support::KonduitProcess;
using test_support::Peer;

/// More than a socket's receiving end holds for a client that does not read, less than its sending end does.
constexpr std::size_t kAnswer = 256 * 1024;

/// A proxy over TCP with one tunnel.
class LastBytes : public ::testing::Test {
 protected:
  void SetUp() override {
    proxy_.await_ready();
    client_ = std::make_unique<Peer>(test_support::open_tunnel(proxy_.url("http-connect/in"), endpoint_.target()));
    target_ = std::make_unique<Peer>(endpoint_.accept());
  }

  test_support::Program& program() { return proxy_.program(); }
  /// The program has all that the target sent, and the system has it for the client.
  bool has_relayed(std::size_t bytes) const {
    const std::string line = "\nkonduit_tunnel_bytes_total{component=\"pipeline/forward\",direction=\"to_client\"} " +
                             std::to_string(bytes) + "\n";
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (test_support::http_get(proxy_.url("telemetry/admin"), "/metrics").find(line) == std::string::npos) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }

  const test_support::TempDirectory folder_;
  test_support::Endpoint endpoint_;
  KonduitProcess proxy_{folder_, "proxy",
                        "apiVersion: konduit/v1\nfrontends: {http-connect/in: {listen: {url: \"tcp://127.0.0.1:0\"}}}\n"
                        "backends: {direct/out: {}}\n"
                        "pipelines: {forward: {frontends: [http-connect/in], backend: direct/out}}\n"
                        "telemetry: {admin: {listen: {url: \"tcp://127.0.0.1:0\"}}}\n"
                        "runtime: {drain_timeout: 1h}\n"};
  std::unique_ptr<Peer> client_;
  std::unique_ptr<Peer> target_;
};

TEST_F(LastBytes, ReachAClientThatStillSendsWhenTheProgramHasDrained) {
  const std::string answer(kAnswer, 'a');
  target_->write(answer);
  ASSERT_TRUE(has_relayed(kAnswer));
  program().signal(SIGTERM);
  ASSERT_TRUE(program().says("draining"));
  target_->close();
  // Nobody takes this, and so the tunnel ends.
  client_->write("question");
  ASSERT_TRUE(program().says("stopping")) << program().output();
  EXPECT_FALSE(program().exit_status(200ms)) << "its client has not had the answer";
  client_->write("another question");
  EXPECT_TRUE(client_->read_to_end() == answer);
  client_->close();
  EXPECT_EQ(program().exit_status(), 0) << program().output();
}

TEST_F(LastBytes, AreWaitedForNoLongerThanAClientMayTake) {
  program().signal(SIGTERM);
  ASSERT_TRUE(program().says("draining"));
  target_->write("answer");
  target_->close();
  client_->write("question");
  EXPECT_EQ(program().exit_status(), 0) << "its client keeps the connection open";
}

}  // namespace
}  // namespace konduit::programs
