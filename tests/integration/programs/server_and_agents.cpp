#include "server_and_agents.hpp"

#include <csignal>
#include <string_view>
#include <utility>

#include "support/link_certificates.hpp"

namespace konduit::programs {
namespace {

using test_support::KonduitProcess;
using test_support::Peer;

void expect_orderly_end(KonduitProcess& process) {
  process.program().signal(SIGTERM);
  EXPECT_EQ(process.program().exit_status(), 0) << process.program().output();
}

}  // namespace

ServerAndAgents::ServerAndAgents() { test_support::write_link_certificates(folder_); }

void ServerAndAgents::TearDown() {
  for (auto& [name, agent] : agents_) {
    if (!agent->program().exit_status(std::chrono::milliseconds(0))) expect_orderly_end(*agent);
  }
  if (server_ && !server_->program().exit_status(std::chrono::milliseconds(0))) expect_orderly_end(*server_);
}

void ServerAndAgents::start_server(const std::string& drain_timeout) {
  const std::string folder = folder_.path();
  const std::string tls = "{cert: " + folder + "/server.pem, key: " + folder + "/server.key";
  server_ = std::make_unique<KonduitProcess>(folder_, "server",
                                             R"(apiVersion: konduit/v1
frontends:
  http-connect/uds: {listen: {url: ")" + socket_url() +
                                                 R"("}}
  http-connect/tls: {listen: {url: "tcp://127.0.0.1:0", tls: )" +
                                                 tls + R"(}}}
selectors: {any/all: {}}
backends:
  agents/main:
    listen: {url: "tcp://127.0.0.1:0", tls: )" + tls +
                                                 ", client_ca: " + ca_file() + R"(}}
    selectors: [any/all]
pipelines: {main: {frontends: [http-connect/uds, http-connect/tls], backend: agents/main}}
runtime: {drain_timeout: )" + drain_timeout + "}\n");
  server_->await_ready();
}

void ServerAndAgents::start_agent(const std::string& name, const std::string& drain_timeout) {
  const std::string folder = folder_.path();
  const std::string servers = server_->url("agents/main").substr(std::string_view("tcp://").size());
  agents_[name] = std::make_unique<KonduitProcess>(folder_, name,
                                                   R"(apiVersion: konduit/v1
discovery: {static/servers: {servers: [")" + servers + R"("]}}
frontends:
  uplink/main:
    servers: static/servers
    agent_id: )" + name + R"(
    tls: {ca: )" + ca_file() + ", cert: " + folder +
                                                       "/agent.pem, key: " + folder + R"(/agent.key}
backends: {direct/node: {}}
pipelines: {main: {frontends: [uplink/main], backend: direct/node}}
runtime: {drain_timeout: )" + drain_timeout + "}\n");
  const bool known = server_->program().says("an agent connected agent=" + name);
  ASSERT_TRUE(known) << server_->program().output() << agents_[name]->program().output();
}

ServerAndAgents::Tunnel ServerAndAgents::open_tunnel() {
  Peer client = test_support::open_tunnel(socket_url(), endpoint_.target());
  return {std::move(client), endpoint_.accept()};
}

void expect_flow(Peer& one, Peer& other) {
  one.write("question");
  EXPECT_EQ(other.read(8), "question");
  other.write("answer");
  EXPECT_EQ(one.read(6), "answer");
}

}  // namespace konduit::programs
