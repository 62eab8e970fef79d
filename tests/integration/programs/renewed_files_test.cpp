#include <gmock/gmock.h>

#include <csignal>
#include <map>
#include <memory>

#include "support/certificates.hpp"
#include "support/konduit_process.hpp"
#include "support/mounted_files.hpp"
#include "support/peer.hpp"
#include "support/running_api_server.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {
namespace {

using test_support::ApiReply;
using test_support::ApiRequest;
using test_support::Authority;
using test_support::KonduitProcess;
using test_support::MountedFiles;
using test_support::RunningApiServer;
using ::testing::HasSubstr;
using ::testing::Not;

/// The kubeconfig of `server` with the token in a file.
std::string kubeconfig(const RunningApiServer& server, const std::string& token_file) {
  const std::string inline_token = "token: token-of-the-program";
  std::string text = server.kubeconfig();
  return text.replace(text.find(inline_token), inline_token.size(), "tokenFile: " + token_file);
}

/// A server and agents by the reference's flags, whose files lie as Kubernetes mounts them and are exchanged.
class RenewedFiles : public ::testing::Test {
 protected:
  using Arguments = std::vector<std::string>;

  void TearDown() override {
    for (auto& [name, agent] : agents_) end(*agent);
    if (server_) end(*server_);
  }
  static void end(KonduitProcess& process) {
    process.program().signal(SIGTERM);
    EXPECT_EQ(process.program().exit_status(), 0) << process.program().output();
  }

  MountedFiles::Contents of_server(const Authority& authority, const std::string& name = "localhost") {
    const auto identity = authority.issue_server(name);
    return {{"tls.crt", identity.certificate}, {"tls.key", identity.key}, {"ca.crt", authority.certificate()}};
  }
  MountedFiles::Contents of_agent(const Authority& authority, const std::string& name) {
    const auto identity = authority.issue_client(name);
    return {{"tls.crt", identity.certificate}, {"tls.key", identity.key}, {"ca.crt", authority.certificate()}};
  }

  /// `proof` is how agents show who they are.
  void start_server(const MountedFiles& files, const Arguments& proof) {
    Arguments arguments = {"server",
                           "--uds-name=" + folder_.file("server.sock"),
                           "--server-port=0",
                           "--agent-port=0",
                           "--admin-port=0",
                           "--health-port=0",
                           "--cluster-cert=" + files.file("tls.crt"),
                           "--cluster-key=" + files.file("tls.key")};
    arguments.insert(arguments.end(), proof.begin(), proof.end());
    server_ = std::make_unique<KonduitProcess>(folder_, "server", std::move(arguments));
    server_->await_ready();
  }
  void start_server_with_tokens(const MountedFiles& files, const MountedFiles& access) {
    start_server(files, {"--agent-namespace=kube-system", "--agent-service-account=konnectivity-agent",
                         "--authentication-audience=konnectivity", "--kubeconfig=" + access.file("kubeconfig")});
  }
  KonduitProcess& start_agent(const std::string& name, const Arguments& further) {
    const std::string url = server_->url("agents/cluster");
    Arguments arguments = {"agent",
                           "--proxy-server-host=localhost",
                           "--proxy-server-port=" + url.substr(url.rfind(':') + 1),
                           "--agent-id=" + name,
                           "--admin-server-port=0",
                           "--health-server-port=0",
                           "--sync-interval=100ms",
                           "--sync-interval-cap=200ms"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return *(agents_[name] = std::make_unique<KonduitProcess>(folder_, name, std::move(arguments)));
  }
  static Arguments certificates_in(const MountedFiles& files) {
    return {"--ca-cert=" + files.file("ca.crt"), "--agent-cert=" + files.file("tls.crt"),
            "--agent-key=" + files.file("tls.key")};
  }
  bool connects(const std::string& name) { return server_->program().says("an agent connected agent=" + name); }
  bool server_says(const std::string& text, std::size_t times = 1) { return server_->program().says(text, times); }
  std::string metrics() { return test_support::http_get(server_->url("telemetry/admin"), "/metrics"); }

  /// Lets every token in, and says of whom it is, if it is asked with the right one.
  static ApiReply review(const ApiRequest& request, const std::string& authorization) {
    if (request.authorization != authorization) return {.status = 401};
    return {.status = 201,
            .body = R"({"kind":"TokenReview","status":{"authenticated":true,"audiences":["konnectivity"],)"
                    R"("user":{"username":"system:serviceaccount:kube-system:konnectivity-agent"}}})"};
  }

  Authority authority_;
  test_support::TempDirectory folder_;
  std::unique_ptr<KonduitProcess> server_;
  std::map<std::string, std::unique_ptr<KonduitProcess>> agents_;
};

TEST_F(RenewedFiles, OfAServerAreServedToWhoConnectsFromThenOn) {
  const Authority later;
  MountedFiles files(folder_, "server-files", of_server(authority_));
  start_server(files, {"--cluster-ca-cert=" + files.file("ca.crt")});
  const MountedFiles old_files(folder_, "old-files", of_agent(authority_, "old"));
  const MountedFiles new_files(folder_, "new-files", of_agent(later, "new"));
  start_agent("before", certificates_in(old_files));
  ASSERT_TRUE(connects("before")) << server_->program().output();

  // The certificate, its key and the authority of agents at once.
  files.exchange(of_server(later));
  ASSERT_TRUE(server_says("a file has changed and was read again", 3)) << server_->program().output();
  auto& after = start_agent("after", certificates_in(new_files));
  ASSERT_TRUE(connects("after")) << after.program().output();
  auto& late = start_agent("late", certificates_in(old_files));
  EXPECT_TRUE(late.program().says("a server could not be reached")) << "its authority and its certificate are old";
  EXPECT_THAT(server_->program().output(), Not(HasSubstr("an agent has gone"))) << "old connections go on";
  EXPECT_THAT(server_->program().output(), Not(HasSubstr("agent=late")));

  const std::string shown = metrics();
  const std::string labels = "component=\"agents/cluster\",file=\"" + files.file("tls.crt") + "\"";
  EXPECT_THAT(shown, HasSubstr("konduit_certificate_expiry_seconds{" + labels + "}"));
  EXPECT_THAT(shown, HasSubstr("konduit_file_reloads_total{" + labels + ",result=\"success\"} 1"));
}

TEST_F(RenewedFiles, OfAServerAreLeftAloneWhereTheyAreBroken) {
  MountedFiles files(folder_, "server-files", of_server(authority_));
  start_server(files, {"--cluster-ca-cert=" + files.file("ca.crt")});
  files.exchange({{"tls.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, {"tls.key", "none"}});
  ASSERT_TRUE(server_says("what was read before stays in force")) << server_->program().output();
  const MountedFiles agent_files(folder_, "agent-files", of_agent(authority_, "served"));
  start_agent("served", certificates_in(agent_files));
  EXPECT_TRUE(connects("served")) << server_->program().output();
}

TEST_F(RenewedFiles, OfAServersAccessAreUsedForTheNextTokenReview) {
  RunningApiServer first([](const ApiRequest& request) { return review(request, "Bearer second-token"); });
  RunningApiServer second([](const ApiRequest& request) { return review(request, "Bearer third-token"); });
  const MountedFiles files(folder_, "server-files", of_server(authority_));
  MountedFiles access(folder_, "access", {{"kubeconfig", ""}, {"token", "first-token"}});
  access.exchange({{"kubeconfig", kubeconfig(first, access.file("token"))}});
  start_server_with_tokens(files, access);
  const auto agent_with = [&](const std::string& name) -> KonduitProcess& {
    return start_agent(name, {"--ca-cert=" + files.file("ca.crt"),
                              "--service-account-token-path=" + folder_.write(name + ".token", "token of " + name)});
  };
  agent_with("one");
  ASSERT_TRUE(server_says("status=UNAVAILABLE")) << server_->program().output();
  access.exchange({{"token", "second-token"}});
  ASSERT_TRUE(connects("one")) << server_->program().output();

  access.exchange({{"kubeconfig", kubeconfig(second, access.file("token"))}, {"token", "third-token"}});
  agent_with("two");
  EXPECT_TRUE(connects("two")) << server_->program().output();
  for (const char* secret : {"first-token", "second-token", "third-token", "token of"}) {
    EXPECT_THAT(server_->program().output(), Not(HasSubstr(secret)));
  }
}

TEST_F(RenewedFiles, OfAnAgentAreUsedForTheNextConnection) {
  const Authority other;
  const MountedFiles files(folder_, "server-files", of_server(authority_));
  start_server(files, {"--cluster-ca-cert=" + files.file("ca.crt")});
  MountedFiles agent_files(folder_, "agent-files", of_agent(other, "stranger"));
  auto& agent = start_agent("renewed", certificates_in(agent_files));
  ASSERT_TRUE(agent.program().says("a server could not be reached")) << agent.program().output();
  agent_files.exchange(of_agent(authority_, "known"));
  ASSERT_TRUE(connects("renewed")) << agent.program().output();
  EXPECT_THAT(server_->program().output(), HasSubstr("identity=known"));
}

TEST_F(RenewedFiles, OfAnAgentsTokensAreShownToTheServerAndToTheApiServer) {
  RunningApiServer reviewer([](const ApiRequest& request) {
    if (request.body.find("good-token") == request.body.npos) {
      return ApiReply{.status = 201, .body = R"({"kind":"TokenReview","status":{"error":"token has expired"}})"};
    }
    return review(request, "Bearer token-of-the-program");
  });
  RunningApiServer keeper([](const ApiRequest& request) -> ApiReply {
    if (request.authorization != "Bearer good-token") return {.status = 401};
    if (request.target.find("watch=1") != request.target.npos) return {.way = ApiReply::Way::watch};
    const auto lease = [](const std::string& name) {
      return R"({"kind":"Lease","metadata":{"name":")" + name +
             R"("},"spec":{"leaseDurationSeconds":30,"renewTime":"2100-01-01T00:00:00.000000Z"}})";
    };
    return {.body = R"({"kind":"LeaseList","metadata":{"resourceVersion":"7"},"items":[)" + lease("one") + "," +
                    lease("two") + "]}"};
  });
  const MountedFiles files(folder_, "server-files", of_server(authority_));
  const MountedFiles access(folder_, "access", {{"kubeconfig", reviewer.kubeconfig()}});
  start_server_with_tokens(files, access);
  MountedFiles secret(folder_, "secret", {{"token", "old-token"}, {"kubeconfig", ""}});
  secret.exchange({{"kubeconfig", kubeconfig(keeper, secret.file("token"))}});
  auto& agent = start_agent(
      "renewed", {"--ca-cert=" + files.file("ca.crt"), "--count-server-leases",
                  "--service-account-token-path=" + secret.file("token"), "--kubeconfig=" + secret.file("kubeconfig")});
  ASSERT_TRUE(server_says("token has expired")) << server_->program().output();
  ASSERT_TRUE(agent.program().says("leases cannot be watched for now")) << agent.program().output();
  secret.exchange({{"token", "good-token"}});
  EXPECT_TRUE(connects("renewed")) << server_->program().output();
  EXPECT_TRUE(agent.program().says("the number of servers that have a lease has changed leases=2"))
      << agent.program().output();
}

}  // namespace
}  // namespace konduit::programs
