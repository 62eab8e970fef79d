// A server and an agent under the reference's flags: what they say about themselves, and where they log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "prometheus.hpp"
#include "support/konduit_process.hpp"
#include "support/link_certificates.hpp"
#include "support/peer.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {
namespace {

using test_support::KonduitProcess;
using test_support::Peer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Profiles : public ::testing::Test {
 protected:
  Profiles() { test_support::write_link_certificates(folder_); }

  void start_server(const std::vector<std::string>& more = {}) {
    std::vector<std::string> flags{"server",
                                   "--mode=http-connect",
                                   "--uds-name=" + folder_.file("connect.sock"),
                                   "--server-port=0",
                                   "--agent-bind-address=127.0.0.1",
                                   "--agent-port=0",
                                   "--health-bind-address=127.0.0.1",
                                   "--health-port=0",
                                   "--admin-port=0",
                                   "--server-id=s1",
                                   "--cluster-cert=" + folder_.file("server.pem"),
                                   "--cluster-key=" + folder_.file("server.key"),
                                   "--cluster-ca-cert=" + folder_.file("ca.pem"),
                                   "--graceful-shutdown-timeout=1h"};
    flags.insert(flags.end(), more.begin(), more.end());
    server_ = std::make_unique<KonduitProcess>(folder_, "server", std::move(flags));
    server_->await_ready();
  }
  void start_agent(const std::vector<std::string>& more = {}) {
    const std::string url = server_->url("agents/cluster");
    std::vector<std::string> flags{"agent",
                                   "--proxy-server-host=127.0.0.1",
                                   "--proxy-server-port=" + url.substr(url.rfind(':') + 1),
                                   "--ca-cert=" + folder_.file("ca.pem"),
                                   "--agent-cert=" + folder_.file("agent.pem"),
                                   "--agent-key=" + folder_.file("agent.key"),
                                   "--health-server-host=127.0.0.1",
                                   "--health-server-port=0",
                                   "--admin-server-port=0"};
    flags.insert(flags.end(), more.begin(), more.end());
    agent_ = std::make_unique<KonduitProcess>(folder_, "agent", std::move(flags));
    agent_->await_ready();
    ASSERT_TRUE(agent_->program().says("connected to a server")) << agent_->program().output();
  }

  static std::string get(const KonduitProcess& process, const std::string& listener, const std::string& path) {
    return test_support::http_get(process.url("telemetry/" + listener), path, "me:1");
  }
  /// "ADDRESS:PORT" of what tells metrics.
  static std::string place(const KonduitProcess& process) {
    return process.url("telemetry/health").substr(std::string("tcp://").size());
  }
  /// "500 body"
  static std::string health(const KonduitProcess& process, const std::string& path) {
    const std::string answer = get(process, "health", path);
    return answer.substr(9, 3) + " " + answer.substr(answer.find("\r\n\r\n") + 4);
  }
  static std::string content(const std::string& file) {
    std::ifstream opened(file);
    return {std::istreambuf_iterator<char>(opened), {}};
  }
  static void stop(KonduitProcess& process) {
    process.program().signal(SIGTERM);
    EXPECT_EQ(process.program().exit_status(), 0) << process.program().output();
  }

  test_support::TempDirectory folder_;
  test_support::Endpoint endpoint_;
  std::unique_ptr<KonduitProcess> server_;
  std::unique_ptr<KonduitProcess> agent_;
};

TEST_F(Profiles, TellHowReadyTheyAre) {
  start_server();
  EXPECT_EQ(health(*server_, "/healthz"), "200 ok");
  EXPECT_EQ(health(*server_, "/readyz"), "500 no connection to any proxy agent");
  start_agent();
  EXPECT_EQ(health(*server_, "/readyz"), "200 ok");
  EXPECT_EQ(health(*server_, "/readyz?verbose"), "200 [+]ping ok\n[+]agents ok (1 connected)\ncheck passed\n");
  EXPECT_EQ(health(*agent_, "/readyz"), "200 ok");
  EXPECT_EQ(health(*agent_, "/readyz?verbose"),
            "200 [+]ping ok\n[+]server-connected ok (1 of 1 servers)\ncheck passed\n");
  stop(*server_);
  ASSERT_TRUE(agent_->program().says("a server's connection ended"));
  EXPECT_EQ(health(*agent_, "/readyz"), "503 [+]ping ok\n[-]server-connected failed: no servers connected\n");
  EXPECT_EQ(health(*agent_, "/healthz"), "200 ok");
  stop(*agent_);
}

TEST_F(Profiles, AreNotReadyWhileTheyDrain) {
  start_server();
  start_agent();
  {
    const Peer client = test_support::open_tunnel("uds://" + folder_.file("connect.sock"), endpoint_.target());
    const Peer target = endpoint_.accept();
    for (KonduitProcess* process : {agent_.get(), server_.get()}) {
      process->program().signal(SIGTERM);
      ASSERT_TRUE(process->program().says("draining"));
    }
    EXPECT_EQ(health(*server_, "/readyz"), "500 shutting down");
    EXPECT_EQ(health(*server_, "/healthz"), "200 ok");
    EXPECT_EQ(health(*agent_, "/readyz"),
              "503 [+]ping ok\n[+]server-connected ok\n[-]shutdown failed: shutting down\n");
  }
  EXPECT_EQ(server_->program().exit_status(), 0) << server_->program().output();
  EXPECT_EQ(agent_->program().exit_status(), 0) << agent_->program().output();
}

TEST_F(Profiles, ShowTheReferencesMetricsWhereItDoes) {
  start_server();
  start_agent();
  {
    Peer client = test_support::open_tunnel("uds://" + folder_.file("connect.sock"), endpoint_.target());
    Peer target = endpoint_.accept();
    for (const char* listener : {"health", "admin"}) {
      const std::string page = get(*server_, listener, "/metrics");
      EXPECT_THAT(page, HasSubstr("\nkonnectivity_network_proxy_server_established_connections 1\n")) << listener;
      EXPECT_THAT(page, HasSubstr("\nkonnectivity_network_proxy_server_http_connections 1\n"));
      EXPECT_THAT(page, HasSubstr("server_dial_duration_seconds_count 1\n"));
      EXPECT_THAT(page, HasSubstr("server_pending_backend_dials 0\n"));
      EXPECT_THAT(page, HasSubstr("server_grpc_connections{service_method=\"Connect\"} 1\n"));
      EXPECT_THAT(page, HasSubstr("packet_type=\"DIAL_REQ\",segment=\"to_agent\"} 1\n"));
    }
    const std::string page = get(*agent_, "health", "/metrics");
    EXPECT_THAT(page, HasSubstr("\nkonnectivity_network_proxy_agent_open_endpoint_connections 1\n"));
    EXPECT_THAT(page, HasSubstr("\nkonnectivity_network_proxy_agent_open_server_connections 1\n"));
    EXPECT_THAT(page, HasSubstr("\nkonnectivity_network_proxy_agent_known_server_count 1\n"));
  }
  const std::string port = agent_->url("telemetry/health").substr(agent_->url("telemetry/health").rfind(':'));
  const std::string redirect = get(*agent_, "admin", "/metrics");
  EXPECT_THAT(redirect, StartsWith("HTTP/1.1 301 "));
  EXPECT_THAT(redirect, HasSubstr("\r\nLocation: //me" + port + "/metrics\r\n"));
  stop(*agent_);
  stop(*server_);
}

TEST_F(Profiles, DialThroughTheAgentWhoseNetworkHoldsTheAddress) {
  start_server({"--proxy-strategies=cidr"});
  const auto open = [&] {
    Peer client = test_support::open_tunnel("uds://" + folder_.file("connect.sock"), endpoint_.target());
    const Peer target = endpoint_.accept();
  };
  start_agent({"--agent-identifiers=cidr=10.0.0.0/8"});
  EXPECT_EQ(health(*server_, "/readyz"), "200 ok");
  EXPECT_THROW(open(), std::runtime_error) << "its network does not hold the address";
  const auto elsewhere = std::move(agent_);
  start_agent({"--agent-identifiers=cidr=192.168.0.0/16&cidr=127.0.0.0/8"});
  for (int i = 0; i < 10; ++i) open();
  stop(*agent_);
  stop(*elsewhere);
  stop(*server_);
}

TEST_F(Profiles, LogWhereTheyAreTold) {
  const std::string file = folder_.file("server.log");
  start_server({"--logtostderr=false", "--log-file=" + file, "--v=6", "--stderrthreshold=WARNING"});
  stop(*server_);
  EXPECT_THAT(content(file), HasSubstr(" info konduit ready\n"));
  EXPECT_THAT(server_->program().output(), Not(HasSubstr("ready")));
}

TEST_F(Profiles, LogToANewFileAfterAHangup) {
  const std::string file = folder_.file("server.log");
  start_server({"--logtostderr=false", "--log-file=" + file, "--alsologtostderr"});
  std::filesystem::rename(file, file + ".1");
  server_->program().signal(SIGHUP);
  // What goes to standard error has gone to the file before.
  EXPECT_TRUE(server_->program().says("there is no document to read again"));
  EXPECT_THAT(content(file), HasSubstr("there is no document to read again"));
  stop(*server_);
  EXPECT_THAT(content(file + ".1"), Not(HasSubstr("draining")));
}

TEST_F(Profiles, ServeCpuProfilesOnTheAdminPortWhereTheyAreTold) {
  start_server({"--enable-profiling"});
  start_agent();
  const std::string answer = get(*server_, "admin", "/debug/pprof/profile?seconds=1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  // How gperftools' profiles begin: words 0, 3, 0.
  EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4, 24),
            std::string("\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24));
  EXPECT_THAT(get(*server_, "admin", "/debug/pprof/symbol"), HasSubstr("num_symbols: 1"));
  EXPECT_THAT(get(*server_, "health", "/debug/pprof/symbol"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(*agent_, "admin", "/debug/pprof/symbol"), StartsWith("HTTP/1.1 404 ")) << "it was not told to";
  stop(*agent_);
  stop(*server_);
}

TEST_F(Profiles, RefuseFlagsThatTheyDoNotKnow) {
  for (const char* profile : {"server", "agent"}) {
    const auto outcome = test_support::outcome_of_konduit({profile, "--no-such-flag=1"});
    EXPECT_EQ(outcome.status, 64);
    EXPECT_THAT(outcome.output, HasSubstr("command line: error: --no-such-flag: unknown flag"));
  }
}

TEST_F(Profiles, AreScrapedByPrometheus) {
  if (!has_prometheus()) GTEST_SKIP() << "prometheus is not installed: scripts/install-deps";
  start_server();
  start_agent();
  Prometheus prometheus(folder_, {place(*server_), place(*agent_)});
  EXPECT_TRUE(prometheus.comes_to("sum(up)", "2")) << prometheus.answer();
  for (const char* query : {"konnectivity_network_proxy_server_grpc_connections{service_method=\"Connect\"}",
                            "konnectivity_network_proxy_server_ready_backend_connections",
                            "konnectivity_network_proxy_agent_open_server_connections",
                            "count(konduit_certificate_expiry_seconds{component=\"agents/cluster\"} > time())"}) {
    EXPECT_TRUE(prometheus.comes_to(query, "1")) << prometheus.answer();
  }
  prometheus.program().signal(SIGTERM);
  EXPECT_EQ(prometheus.program().exit_status(), 0) << prometheus.program().output();
  stop(*agent_);
  stop(*server_);
}

TEST_F(Profiles, ShowMetricsInWhichPromtoolFindsOnlyTheReferencesNames) {
  if (!has_prometheus()) GTEST_SKIP() << "prometheus is not installed: scripts/install-deps";
  start_server();
  start_agent();
  test_support::open_tunnel("uds://" + folder_.file("connect.sock"), endpoint_.target());
  for (const KonduitProcess* process : {server_.get(), agent_.get()}) {
    const std::string answer = get(*process, "health", "/metrics");
    for (const std::string& finding : findings_of_promtool(folder_, answer.substr(answer.find("\r\n\r\n") + 4))) {
      EXPECT_THAT(finding, StartsWith("konnectivity_network_proxy_"));
    }
  }
  stop(*agent_);
  stop(*server_);
}

}  // namespace
}  // namespace konduit::programs
