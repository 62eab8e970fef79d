#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <map>
#include <memory>

#include "support/konduit_process.hpp"
#include "support/link_certificates.hpp"
#include "support/peer.hpp"
#include "support/running_api_server.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {
namespace {

using test_support::ApiReply;
using test_support::ApiRequest;
using test_support::KonduitProcess;
using test_support::Peer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// What an API server knows: a token is in the body of the request.
ApiReply review(const ApiRequest& request) {
  const auto known = [&](const char* token) { return request.body.find(token) != std::string::npos; };
  const auto found = [](const std::string& user, const std::string& audience) {
    return ApiReply{.status = 201,
                    .body = R"({"kind":"TokenReview","status":{"authenticated":true,"audiences":[")" + audience +
                            R"("],"user":{"username":"system:serviceaccount:kube-system:)" + user + R"("}}})"};
  };
  if (request.authorization != "Bearer token-of-the-program") return {.status = 401};
  if (known("secret-good")) return found("konnectivity-agent", "konnectivity");
  if (known("secret-other-audience")) return found("konnectivity-agent", "something");
  if (known("secret-other-account")) return found("default", "konnectivity");
  return {.status = 201, .body = R"({"kind":"TokenReview","status":{"error":"token has expired"}})"};
}

/// A server that has tokens reviewed, of agents and of clients by HTTP CONNECT, and agents of which each has one.
class TokensTest : public ::testing::Test {
 protected:
  TokensTest() {
    test_support::write_link_certificates(folder_);
    folder_.write("kubeconfig", api_.kubeconfig());
    start_server();
  }
  void TearDown() override {
    for (auto& [name, agent] : agents_) end(*agent);
    end(*server_);
    EXPECT_THAT(server_->program().output(), Not(HasSubstr("secret-")));
    EXPECT_THAT(server_->program().output(), Not(HasSubstr("token-of-the-program")));
  }
  static void end(KonduitProcess& process) {
    process.program().signal(SIGTERM);
    EXPECT_EQ(process.program().exit_status(), 0) << process.program().output();
    EXPECT_THAT(process.program().output(), Not(HasSubstr("secret-")));
  }

  /// `more`: further fields of the authenticator; `backends`: further ones.
  void start_server(const std::string& name = "server", const std::string& more = "",
                    const std::string& backends = "") {
    const std::string folder = folder_.path();
    server_ = std::make_unique<KonduitProcess>(folder_, name,
                                               R"(apiVersion: konduit/v1
authenticators:
  token-review/agents:
    {namespace: kube-system, service_account: konnectivity-agent, audience: konnectivity, kubeconfig: )" +
                                                   folder + "/kubeconfig, timeout: 2s" + more + R"(}
frontends:
  http-connect/door: {listen: {url: "tcp://127.0.0.1:0"}, authenticator: token-review/agents}
selectors: {any/all: {}}
backends:
  agents/main:
    listen: {url: "tcp://127.0.0.1:0", tls: {cert: )" +
                                                   folder + "/server.pem, key: " + folder + R"(/server.key}}
    authenticator: token-review/agents
    selectors: [any/all]
)" + backends + R"(pipelines: {main: {frontends: [http-connect/door], backend: agents/main}}
runtime: {shards: 2}
)");
    server_->await_ready();
  }
  /// `token` is that of the agent's file.
  void start_agent(const std::string& name, const std::string& token) {
    folder_.write(name + ".token", token + "\n");
    const std::string servers = server_->url("agents/main").substr(std::string_view("tcp://").size());
    agents_[name] = std::make_unique<KonduitProcess>(folder_, name,
                                                     R"(apiVersion: konduit/v1
discovery: {static/servers: {servers: [")" + servers + R"("]}}
frontends:
  uplink/main:
    servers: static/servers
    agent_id: )" + name + R"(
    tls: {ca: )" + folder_.file("ca.pem") + R"(}
    token_file: )" + folder_.file(name + ".token") +
                                                         R"(
    sync: {interval: 100ms, cap: 200ms}
backends: {direct/node: {}}
pipelines: {main: {frontends: [uplink/main], backend: direct/node}}
)");
  }
  bool server_says(const std::string& text) { return server_->program().says(text); }
  /// The answer's head to a CONNECT with that header line.
  std::string asked(const std::string& header) {
    Peer client = Peer::connect(server_->url("http-connect/door"));
    client.write("CONNECT " + endpoint_.target() + " HTTP/1.1\r\nHost: x\r\n" + header + "\r\n");
    std::string head;
    while (head.find("\r\n") == std::string::npos) head += client.read(1);
    return head;
  }

  std::atomic<int> reviews_ = 0;
  std::atomic<bool> up_ = true;
  test_support::RunningApiServer api_{[this](const ApiRequest& request) {
    ++reviews_;
    return up_ ? review(request) : ApiReply{.status = 500, .body = "etcd is gone"};
  }};
  test_support::TempDirectory folder_;
  test_support::Endpoint endpoint_;
  std::unique_ptr<KonduitProcess> server_;
  std::map<std::string, std::unique_ptr<KonduitProcess>> agents_;
};

TEST_F(TokensTest, OpenTheServerToAgentsAndTheDoorToClients) {
  start_agent("good", "secret-good");
  ASSERT_TRUE(server_says("an agent connected agent=good")) << server_->program().output();
  EXPECT_THAT(server_->program().output(), HasSubstr("system:serviceaccount:kube-system:konnectivity-agent"));
  EXPECT_EQ(asked("Proxy-Authorization: Bearer secret-good\r\n"), "HTTP/1.1 200 Connection Established\r\n");
  EXPECT_EQ(reviews_, 1) << "the client showed what was known of the agent";
}

TEST_F(TokensTest, AreRefusedWithTheReasonInTheLogAndNeverTheToken) {
  start_agent("a", "secret-other-audience");
  ASSERT_TRUE(server_says("the token is not for the audience konnectivity")) << server_->program().output();
  start_agent("b", "secret-other-account");
  ASSERT_TRUE(
      server_says("the token is of system:serviceaccount:kube-system:default, not of "
                  "system:serviceaccount:kube-system:konnectivity-agent"));
  start_agent("c", "secret-expired");
  ASSERT_TRUE(server_says("the API server refuses the token: token has expired"));
  EXPECT_TRUE(agents_.at("b")->program().says("PERMISSION_DENIED")) << agents_.at("b")->program().output();
  EXPECT_TRUE(agents_.at("c")->program().says("UNAUTHENTICATED")) << agents_.at("c")->program().output();
  EXPECT_THAT(server_->program().output(), Not(HasSubstr("an agent connected")));
}

TEST_F(TokensTest, OfClientsAreRefusedByTheStatusThatFits) {
  EXPECT_THAT(asked(""), StartsWith("HTTP/1.1 407 "));
  EXPECT_THAT(asked("Proxy-Authorization: Bearer secret-expired\r\n"), StartsWith("HTTP/1.1 407 "));
  EXPECT_THAT(asked("Proxy-Authorization: Bearer secret-other-account\r\n"), StartsWith("HTTP/1.1 403 "));
  up_ = false;
  EXPECT_THAT(asked("Proxy-Authorization: Bearer secret-good\r\n"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(TokensTest, LetAgentsInOnceTheApiServerIsBack) {
  up_ = false;
  start_agent("early", "secret-good");
  ASSERT_TRUE(server_says("status=UNAVAILABLE")) << server_->program().output();
  up_ = true;
  EXPECT_TRUE(server_says("an agent connected agent=early")) << server_->program().output();
}

TEST_F(TokensTest, AreReviewedThroughAProxy) {
  end(*server_);
  KonduitProcess proxy(folder_, "proxy", R"(apiVersion: konduit/v1
frontends: {http-connect/in: {listen: {url: "tcp://127.0.0.1:0"}}}
backends: {direct/out: {}}
pipelines: {forward: {frontends: [http-connect/in], backend: direct/out}}
)");
  proxy.await_ready();
  start_server("server-by-proxy", ", via: http-connect/proxy",
               "  http-connect/proxy: {url: \"" + proxy.url("http-connect/in") + "\"}\n");
  start_agent("through", "secret-good");
  EXPECT_TRUE(server_says("an agent connected agent=through")) << server_->program().output();
  // There is no other way.
  proxy.program().signal(SIGKILL);
  start_agent("cut-off", "secret-expired");
  EXPECT_TRUE(server_says("the token cannot be checked now")) << server_->program().output();
  EXPECT_TRUE(server_says("through http-connect/proxy")) << server_->program().output();
}

TEST_F(TokensTest, AreReadAnewByAgentsForEveryConnection) {
  start_agent("renewed", "secret-expired");
  ASSERT_TRUE(server_says("token has expired"));
  folder_.write("renewed.token", "secret-good");
  EXPECT_TRUE(server_says("an agent connected agent=renewed")) << server_->program().output();
}

}  // namespace
}  // namespace konduit::programs
