// A thousand agents, each with a connection of its own, that all come at once: first of all, and again when their
// server has died and knows nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "support/konduit_process.hpp"
#include "support/link_certificates.hpp"
#include "support/running_api_server.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {
namespace {

using test_support::ApiReply;
using test_support::ApiRequest;
using test_support::KonduitProcess;
using ::testing::HasSubstr;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

constexpr int kAgents = KONDUIT_SANITIZED ? 100 : 1000;

/// What an API server that knows every token was asked. On its thread and the test's.
class Reviews {
 public:
  ApiReply answer(const ApiRequest& request) {
    const std::lock_guard lock(mutex_);
    ++count_;
    bodies_.insert(request.body);
    last_ = Clock::now();
    return {.status = 201,
            .body = R"({"kind":"TokenReview","status":{"authenticated":true,"audiences":["konnectivity"],)"
                    R"("user":{"username":"system:serviceaccount:kube-system:konnectivity-agent"}}})",
            .delay = std::chrono::milliseconds(20)};
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    count_ = 0;
    bodies_.clear();
  }
  int count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  /// Different tokens.
  std::size_t tokens() const {
    const std::lock_guard lock(mutex_);
    return bodies_.size();
  }
  Clock::time_point last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  int count_ = 0;
  std::set<std::string> bodies_;
  Clock::time_point last_;
};

class AgentStorm : public ::testing::Test {
 protected:
  AgentStorm() {
    test_support::write_link_certificates(folder_);
    folder_.write("kubeconfig", api_.kubeconfig());
  }
  void SetUp() override {
    // Inherited by both programs.
    constexpr rlim_t kDescriptors = 2 * kAgents + 200;
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < kDescriptors) GTEST_SKIP() << "only " << limit.rlim_max << " descriptors allowed";
    limit.rlim_cur = std::max(limit.rlim_cur, kDescriptors);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  void TearDown() override {
    for (KonduitProcess* process : {agents_.get(), server_.get()}) {
      if (!process) continue;
      process->program().signal(SIGTERM);
      EXPECT_EQ(process->program().exit_status(), 0) << process->program().output();
    }
  }

  /// `more` of the authenticator. A second one listens where the first one did.
  void start_server(const std::string& more = {}) {
    if (server_) url_ = server_->url("agents/main");
    const std::string folder = folder_.path();
    server_ = std::make_unique<KonduitProcess>(folder_, "server" + std::to_string(++servers_),
                                               R"(apiVersion: konduit/v1
authenticators:
  token-review/agents: {namespace: kube-system, service_account: konnectivity-agent, audience: konnectivity, kubeconfig: )" +
                                                   folder + "/kubeconfig" + more + R"(}
frontends: {http-connect/uds: {listen: {url: "uds://)" +
                                                   folder + R"(/connect.sock"}}}
selectors: {any/all: {}}
backends:
  agents/main:
    listen: {url: ")" + url_ + R"(", tls: {cert: )" +
                                                   folder + "/server.pem, key: " + folder + R"(/server.key}}
    authenticator: token-review/agents
    selectors: [any/all]
pipelines: {main: {frontends: [http-connect/uds], backend: agents/main}}
)");
    server_->await_ready();
  }
  /// One program with all of them, since a process each would measure the machine.
  void start_agents(bool own_tokens) {
    const std::string place = server_->url("agents/main").substr(std::string("tcp://").size());
    std::string frontends;
    std::string names;
    for (int i = 0; i < kAgents; ++i) {
      const std::string name = "uplink/a" + std::to_string(i);
      const std::string token = own_tokens ? "token-" + std::to_string(i) : "token-of-all";
      const std::string file = folder_.write("token" + std::to_string(own_tokens ? i : 0), token);
      frontends += "  " + name + ": {servers: static/servers, tls: {ca: " + folder_.file("ca.pem") +
                   "}, token_file: " + file + ", sync: {interval: 100ms, cap: 1s}}\n";
      names += (names.empty() ? "" : ", ") + name;
    }
    agents_ = std::make_unique<KonduitProcess>(folder_, "agents",
                                               "apiVersion: konduit/v1\ndiscovery: {static/servers: {servers: [\"" +
                                                   place + "\"]}}\nfrontends:\n" + frontends +
                                                   "backends: {direct/node: {}}\npipelines: {main: {frontends: [" +
                                                   names + "], backend: direct/node}}\n");
  }
  /// Everybody is, and nobody was told that the token is wrong.
  void expect_all_in() {
    EXPECT_TRUE(server_->program().says("an agent connected", kAgents)) << server_->program().output();
    EXPECT_THAT(server_->program().output(), Not(HasSubstr("status=UNAUTHENTICATED")));
    EXPECT_THAT(server_->program().output(), Not(HasSubstr("status=PERMISSION_DENIED")));
  }
  /// Lets the server die, and another one listen in its place before any agent has looked.
  void replace_server(const std::string& more = {}) {
    agents_->program().signal(SIGSTOP);
    server_->program().signal(SIGKILL);
    ASSERT_EQ(server_->program().exit_status(), 128 + SIGKILL);
    reviews_.forget();
    started_ = Clock::now();
    start_server(more);
    agents_->program().signal(SIGCONT);
  }

  Reviews reviews_;
  Clock::time_point started_;
  test_support::RunningApiServer api_{[this](const ApiRequest& request) { return reviews_.answer(request); }};
  test_support::TempDirectory folder_;
  std::string url_ = "tcp://127.0.0.1:0";
  int servers_ = 0;
  std::unique_ptr<KonduitProcess> server_;
  std::unique_ptr<KonduitProcess> agents_;
};

TEST_F(AgentStorm, WithOneTokenCostsTwoReviewsAtMost) {
  start_server();
  start_agents(false);
  expect_all_in();
  EXPECT_LE(reviews_.count(), 2);
  replace_server();
  expect_all_in();
  EXPECT_GE(reviews_.count(), 1);
  EXPECT_LE(reviews_.count(), 2);
}

TEST_F(AgentStorm, WithATokenEachKeepsToTheRateAndLetsAllIn) {
  constexpr int kRate = 250;
  constexpr int kBurst = 50;
  const std::string limits = ", qps: \"" + std::to_string(kRate) + "\", burst: " + std::to_string(kBurst);
  start_server(limits);
  start_agents(true);
  expect_all_in();
  replace_server(limits);
  expect_all_in();
  EXPECT_EQ(reviews_.tokens(), std::size_t{kAgents});
  // However late the first of them was: no sooner can the last have come.
  const std::chrono::duration<double> least((kAgents - kBurst) / double{kRate});
  EXPECT_GE(reviews_.last() - started_, least);
}

}  // namespace
}  // namespace konduit::programs
