#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server_and_agents.hpp"
#include "support/konduit_process.hpp"
#include "support/link_certificates.hpp"
#include "support/peer.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {
namespace {

using test_support::Endpoint;
using test_support::KonduitProcess;
using test_support::Peer;
using ::testing::HasSubstr;
using ::testing::Not;

/// What a document says where it may change.
using Words = std::map<std::string, std::string>;

const Words kServerWords{{"deny", "10.9.0.0/16"}, {"head_timeout", "10s"}, {"selector", "any/one"},
                         {"socket", "moving"},    {"cert", "server"},      {"agents_patience", "30s"}};

/// Short tunnels without end, one after the other, beside the test.
class Load {
 public:
  explicit Load(std::string url) : thread_([this, url = std::move(url)] { run(url); }) {}
  ~Load() { stop(); }
  /// What the first tunnel that failed said; empty if all went well.
  std::string stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return failure_;
  }
  int tunnels() const noexcept { return tunnels_; }

 private:
  void run(const std::string& url) try {
    Endpoint endpoint;
    while (!stopping_) {
      Peer client = test_support::open_tunnel(url, endpoint.target());
      Peer target = endpoint.accept();
      expect_flow(client, target);
      ++tunnels_;
    }
  } catch (const std::exception& error) {
    failure_ = error.what();
  }

  std::atomic<bool> stopping_ = false;
  std::atomic<int> tunnels_ = 0;
  std::string failure_;
  std::thread thread_;
};

/// A server and an agent whose documents change while they run.
class Reloads : public ::testing::Test {
 protected:
  Reloads() {
    test_support::write_link_certificates(folder_);
    for (const char* end : {".pem", ".key"}) {
      std::filesystem::copy_file(folder_.file("server") + end, folder_.file("renewed") + end);
    }
    server_ = std::make_unique<KonduitProcess>(folder_, "server", server_document(kServerWords));
    server_->await_ready();
    agent_ = std::make_unique<KonduitProcess>(folder_, "agent", agent_document("5s"));
    EXPECT_TRUE(server_->program().says("an agent connected")) << agent_->program().output();
  }
  void TearDown() override {
    for (auto* process : {&agent_, &server_}) {
      (*process)->program().signal(SIGTERM);
      EXPECT_EQ((*process)->program().exit_status(), 0) << (*process)->program().output();
    }
  }

  std::string server_document(const Words& words) const {
    const std::string folder = folder_.path();
    const std::string key = folder + "/" + words.at("cert");
    return R"(apiVersion: konduit/v1
frontends:
  http-connect/still: {listen: {url: "uds://)" +
           folder + R"(/still.sock"}}
  http-connect/moving:
    head_timeout: )" +
           words.at("head_timeout") + R"(
    listen: {url: "uds://)" +
           folder + "/" + words.at("socket") + R"(.sock"}
  http-connect/tls: {listen: {url: "tcp://127.0.0.1:0", tls: {cert: )" +
           key + ".pem, key: " + key + R"(.key}}}
filters: {acl/all: {deny: [")" +
           words.at("deny") + R"("]}}
selectors: {any/one: {}, any/other: {}}
backends:
  agents/main:
    dial_timeout: )" +
           words.at("agents_patience") + R"(
    listen: {url: "tcp://127.0.0.1:0", tls: {cert: )" +
           folder + "/server.pem, key: " + folder + "/server.key, client_ca: " + folder + R"(/ca.pem}}
    selectors: [)" +
           words.at("selector") + R"(]
pipelines:
  still: {frontends: [http-connect/still], backend: agents/main}
  moving: {frontends: [http-connect/moving, http-connect/tls], filters: [acl/all], backend: agents/main}
telemetry: {admin: {listen: {url: "tcp://127.0.0.1:0"}}}
)";
  }
  std::string agent_document(const std::string& dial_timeout) const {
    const std::string folder = folder_.path();
    const std::string servers = server_->url("agents/main").substr(std::string_view("tcp://").size());
    return R"(apiVersion: konduit/v1
discovery: {static/servers: {servers: [")" +
           servers + R"("]}}
frontends:
  uplink/main:
    servers: static/servers
    tls: {ca: )" +
           folder + "/ca.pem, cert: " + folder + "/agent.pem, key: " + folder + R"(/agent.key}
backends: {direct/node: {dial_timeout: )" +
           dial_timeout + R"(}}
pipelines: {main: {frontends: [uplink/main], backend: direct/node}}
)";
  }

  void reload_server(const Words& words) { reload(*server_, "server.yaml", server_document(words), ++server_reloads_); }
  void reload_agent(const std::string& dial_timeout) {
    reload(*agent_, "agent.yaml", agent_document(dial_timeout), ++agent_reloads_);
  }
  void reload(KonduitProcess& process, const std::string& file, const std::string& document, std::size_t number) {
    folder_.write(file, document);
    process.program().signal(SIGHUP);
    ASSERT_TRUE(process.program().says("another document is in force", number)) << process.program().output();
  }
  std::string socket(const std::string& name) const { return "uds://" + folder_.file(name + ".sock"); }

  std::string metrics() { return test_support::http_get(server_->url("telemetry/admin"), "/metrics"); }
  /// The value of the line that begins so. Throws std::runtime_error where there is none.
  double metric(const std::string& name) {
    const std::string page = metrics();
    const auto at = page.find("\n" + name + " ");
    if (at == std::string::npos) throw std::runtime_error("no metric " + name);
    return std::stod(page.substr(at + name.size() + 2));
  }
  /// What was replaced has ended, so often.
  bool becomes(const std::string& name, double value) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (metric(name) != value) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }
  void await_departures(std::size_t count) {
    EXPECT_TRUE(server_->program().says("what another document has replaced has ended", count))
        << server_->program().output();
  }

  test_support::TempDirectory folder_;
  std::unique_ptr<KonduitProcess> server_;
  std::unique_ptr<KonduitProcess> agent_;
  std::size_t server_reloads_ = 0;
  std::size_t agent_reloads_ = 0;
};

TEST_F(Reloads, LeaveAloneWhatIsEqual) {
  Endpoint endpoint;
  Peer client = test_support::open_tunnel(socket("still"), endpoint.target());
  Peer target = endpoint.accept();
  auto words = kServerWords;
  words["deny"] = "10.1.0.0/16";
  reload_server(words);
  EXPECT_THAT(server_->program().output(), HasSubstr("what=filters.acl/all is=changed"));
  EXPECT_THAT(server_->program().output(), Not(HasSubstr("what=backends.agents/main")));
  EXPECT_THAT(server_->program().output(), Not(HasSubstr("an agent has gone")));
  expect_flow(client, target);
  EXPECT_THROW(test_support::open_tunnel(socket("moving"), "10.1.2.3:80"), std::runtime_error) << "the new rule holds";
  await_departures(1);
  EXPECT_EQ(metric("konduit_generations{component=\"runtime\"}"), 1);
}

TEST_F(Reloads, MoveAListener) {
  Endpoint endpoint;
  Peer client = test_support::open_tunnel(socket("moving"), endpoint.target());
  Peer target = endpoint.accept();
  auto words = kServerWords;
  words["socket"] = "moved";
  reload_server(words);
  expect_flow(client, target);
  Peer other = test_support::open_tunnel(socket("moved"), endpoint.target());
  endpoint.accept();
  EXPECT_EQ(server_->url("http-connect/moving"), socket("moved")) << "the ready file follows";
  client.close();
  target.close();
  await_departures(1);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("moving.sock")));
}

TEST_F(Reloads, RefuseAWrongDocumentAndGoOn) {
  Endpoint endpoint;
  Peer client = test_support::open_tunnel(socket("still"), endpoint.target());
  Peer target = endpoint.accept();
  folder_.write("server.yaml", "apiVersion: konduit/v1\nfrontend: {}\n");
  server_->program().signal(SIGHUP);
  ASSERT_TRUE(server_->program().says("the new document is refused, the old one stays in force"));
  EXPECT_THAT(server_->program().output(), HasSubstr("server.yaml:2:1"));
  expect_flow(client, target);
  EXPECT_EQ(metric("konduit_reloads_total{component=\"runtime\",result=\"refused\"}"), 1);
}

TEST_F(Reloads, ComeFromAChangedFileAlone) {
  auto words = kServerWords;
  words["deny"] = "10.1.0.0/16";
  folder_.write("server.yaml", server_document(words));
  EXPECT_TRUE(server_->program().says("another document is in force")) << server_->program().output();
}

TEST_F(Reloads, SayWhatTakesARestart) {
  folder_.write("server.yaml", server_document(kServerWords) + "runtime: {shards: 2}\n");
  server_->program().signal(SIGHUP);
  EXPECT_TRUE(server_->program().says("this takes effect when the process is started anew"));
}

TEST_F(Reloads, LogToANewFileWhereTheOldOneWasMovedAway) {
  const std::string log = folder_.file("konduit.log");
  KonduitProcess process(folder_, "logging",
                         R"(apiVersion: konduit/v1
frontends: {http-connect/in: {listen: {url: "tcp://127.0.0.1:0"}}}
backends: {direct/out: {}}
pipelines: {main: {frontends: [http-connect/in], backend: direct/out}}
telemetry: {log: {stderr_level: info, file: )" +
                             log + "}}\n");
  process.await_ready();
  std::filesystem::rename(log, log + ".1");
  process.program().signal(SIGHUP);
  // What goes to standard error has gone to the file before.
  ASSERT_TRUE(process.program().says("says what it said before")) << process.program().output();
  std::ifstream opened(log);
  const std::string written(std::istreambuf_iterator<char>(opened), {});
  EXPECT_THAT(written, HasSubstr("says what it said before"));
  process.program().signal(SIGTERM);
  EXPECT_EQ(process.program().exit_status(), 0);
}

/// In turn a filter, a frontend, a selector, a listener's address, a certificate, the server's agents backend and the
/// agent's backend.
TEST_F(Reloads, ByTheThousandUnderLoadLoseNothing) {
  Endpoint endpoint;
  std::vector<std::pair<Peer, Peer>> standing;
  for (const char* name : {"still", "moving"}) {
    Peer client = test_support::open_tunnel(socket(name), endpoint.target());
    standing.emplace_back(std::move(client), endpoint.accept());
  }
  Load still(socket("still"));

  const std::array<std::pair<const char*, const char*>, 6> turns{{{"deny", "10.8.0.0/16"},
                                                                  {"head_timeout", "11s"},
                                                                  {"selector", "any/other"},
                                                                  {"socket", "moved"},
                                                                  {"cert", "renewed"},
                                                                  {"agents_patience", "31s"}}};
  constexpr std::size_t kWarm = KONDUIT_RELOADS / 5;
  Words words = kServerWords;
  double memory = 0;
  double descriptors = 0;
  std::size_t threads = 0;
  for (std::size_t i = 0; i != KONDUIT_RELOADS; ++i) {
    if (i == kWarm) {
      memory = metric("process_resident_memory_bytes");
      descriptors = metric("process_open_fds");
      threads = server_->program().threads();
    }
    const std::size_t turn = i % (turns.size() + 1);
    if (turn == turns.size()) {
      reload_agent(agent_reloads_ % 2 == 0 ? "6s" : "5s");
    } else {
      const auto& [key, other] = turns[turn];
      words[key] = words[key] == other ? kServerWords.at(key) : other;
      reload_server(words);
    }
    if (HasFailure()) break;
    for (auto& [client, target] : standing) expect_flow(client, target);
  }
  EXPECT_EQ(still.stop(), "") << "after " << still.tunnels() << " tunnels\n"
                              << server_->program().output().substr(0, 20000);
  EXPECT_GT(still.tunnels(), 0);
  standing.clear();
  await_departures(server_reloads_);
  if (!KONDUIT_SANITIZED) {
    EXPECT_LT(metric("process_resident_memory_bytes") - memory, 8.0 * 1024 * 1024);
  }
  EXPECT_LE(metric("process_open_fds"), descriptors);
  EXPECT_EQ(server_->program().threads(), threads);
  // An agent's drain ends when the server's host has acknowledged its last bytes.
  EXPECT_TRUE(becomes("konduit_agents_connected{component=\"agents/main\"}", 1));
}

}  // namespace
}  // namespace konduit::programs
