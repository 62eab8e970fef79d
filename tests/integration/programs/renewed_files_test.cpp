#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "server_and_agents.hpp"
#include "support/certificates.hpp"

namespace konduit::programs {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

/// A server whose certificates lie in a folder as Kubernetes mounts a secret: NAME -> ..data/NAME, ..data -> a folder
/// that is exchanged.
class RenewedFiles : public ::testing::Test {
 protected:
  RenewedFiles() {
    folder_.write("ca.pem", authority_.certificate());
    const auto agent = authority_.issue_client("agent");
    folder_.write("agent.pem", agent.certificate);
    folder_.write("agent.key", agent.key);
    mount("..1", "localhost");
    for (const char* name : {"server.pem", "server.key"}) {
      fs::create_symlink(std::string("..data/") + name, folder_.file(name));
    }
    server_ =
        std::make_unique<test_support::KonduitProcess>(folder_, "server",
                                                       R"(apiVersion: konduit/v1
frontends: {http-connect/uds: {listen: {url: "uds://)" + folder_.path() +
                                                           R"(/connect.sock"}}}
selectors: {any/all: {}}
backends:
  agents/main:
    listen: {url: "tcp://127.0.0.1:0", tls: {cert: )" + folder_.path() +
                                                           "/server.pem, key: " + folder_.path() +
                                                           "/server.key, client_ca: " + folder_.path() + R"(/ca.pem}}
    selectors: [any/all]
pipelines: {main: {frontends: [http-connect/uds], backend: agents/main}}
telemetry: {admin: {listen: {url: "tcp://127.0.0.1:0"}}}
)");
    server_->await_ready();
  }
  void TearDown() override {
    server_->program().signal(SIGTERM);
    EXPECT_EQ(server_->program().exit_status(), 0) << server_->program().output();
  }

  /// Exchanges the folder for one with a certificate of that name.
  void mount(const std::string& version, const std::string& common_name) {
    const auto identity = authority_.issue_server(common_name);
    mount(version, identity.certificate, identity.key);
  }
  void mount(const std::string& version, const std::string& certificate, const std::string& key) {
    fs::create_directory(folder_.file(version));
    folder_.write(version + "/server.pem", certificate);
    folder_.write(version + "/server.key", key);
    fs::create_symlink(version, folder_.file("..data_tmp"));
    fs::rename(folder_.file("..data_tmp"), folder_.file("..data"));
  }
  /// An agent that knows the server by that name only.
  std::unique_ptr<test_support::KonduitProcess> agent(const std::string& name, const std::string& server_name) {
    const std::string servers = server_->url("agents/main").substr(std::string_view("tcp://").size());
    return std::make_unique<test_support::KonduitProcess>(folder_, name,
                                                          R"(apiVersion: konduit/v1
discovery: {static/servers: {servers: [")" + servers + R"("]}}
frontends:
  uplink/main:
    servers: static/servers
    agent_id: )" + name + R"(
    tls: {ca: )" + folder_.path() + "/ca.pem, cert: " + folder_.path() +
                                                              "/agent.pem, key: " + folder_.path() +
                                                              "/agent.key, server_name: " + server_name + R"(}
    sync: {interval: 100ms, cap: 200ms}
backends: {direct/node: {}}
pipelines: {main: {frontends: [uplink/main], backend: direct/node}}
)");
  }
  std::string metrics() {
    auto peer = test_support::Peer::connect(server_->url("telemetry/admin"));
    peer.write("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return peer.read_to_end();
  }

  test_support::Authority authority_;
  test_support::TempDirectory folder_;
  std::unique_ptr<test_support::KonduitProcess> server_;
};

TEST_F(RenewedFiles, AreServedToWhoConnectsFromThenOn) {
  auto before = agent("before", "localhost");
  ASSERT_TRUE(server_->program().says("an agent connected agent=before")) << before->program().output();
  mount("..2", "renewed.example");
  ASSERT_TRUE(server_->program().says("a file has changed and was read again", 2)) << server_->program().output();
  auto after = agent("after", "renewed.example");
  ASSERT_TRUE(server_->program().says("an agent connected agent=after")) << after->program().output();
  EXPECT_THAT(server_->program().output(), Not(HasSubstr("an agent has gone"))) << "old connections go on";
  const std::string shown = metrics();
  EXPECT_THAT(shown, HasSubstr("konduit_certificate_expiry_seconds{component=\"agents/main\",file=\"" +
                               folder_.file("server.pem") + "\"}"));
  EXPECT_THAT(shown, HasSubstr("konduit_file_reloads_total{component=\"agents/main\",file=\"" +
                               folder_.file("server.pem") + "\",result=\"success\"} 1"));
  for (auto* process : {&before, &after}) {
    (*process)->program().signal(SIGTERM);
    EXPECT_EQ((*process)->program().exit_status(), 0);
  }
}

TEST_F(RenewedFiles, AreLeftAloneWhereTheyAreBroken) {
  mount("..2", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no key");
  ASSERT_TRUE(server_->program().says("what was read before stays in force")) << server_->program().output();
  auto served = agent("served", "localhost");
  ASSERT_TRUE(server_->program().says("an agent connected agent=served")) << served->program().output();
  served->program().signal(SIGTERM);
  EXPECT_EQ(served->program().exit_status(), 0);
}

}  // namespace
}  // namespace konduit::programs
