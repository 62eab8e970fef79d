// An agent that reaches its server through an HTTP proxy, which another konduit plays.
#include <gtest/gtest.h>

#include <csignal>
#include <string_view>

#include "server_and_agents.hpp"

namespace konduit::programs {
namespace {

using test_support::KonduitProcess;

class ViaProxy : public ServerAndAgents {
 protected:
  /// `tls`: what the proxy's listener says of it, and what its client does; both may be empty.
  void carry(const std::string& listener_tls, const std::string& client_tls) {
    start_server();
    KonduitProcess proxy(folder_, "proxy",
                         "apiVersion: konduit/v1\nfrontends: {http-connect/in: {listen: {url: \"tcp://127.0.0.1:0\"" +
                             listener_tls +
                             "}}}\nbackends: {direct/out: {}}\n"
                             "pipelines: {forward: {frontends: [http-connect/in], backend: direct/out}}\n");
    proxy.await_ready();
    const std::string server_address = server().url("agents/main").substr(std::string_view("tcp://").size());
    KonduitProcess agent(
        folder_, "agent",
        "apiVersion: konduit/v1\ndiscovery: {static/servers: {servers: [\"" + server_address +
            "\"]}}\nfrontends: {uplink/main: {servers: static/servers, via: http-connect/proxy, tls: {ca: " +
            ca_file() + ", cert: " + folder_.file("agent.pem") + ", key: " + folder_.file("agent.key") +
            "}}}\nbackends:\n  direct/node: {}\n  http-connect/proxy: {url: \"" + proxy.url("http-connect/in") +
            "\", username: me, password: word" + client_tls +
            "}\npipelines: {main: {frontends: [uplink/main], backend: direct/node}}\n");
    ASSERT_TRUE(server().program().says("an agent connected")) << agent.program().output();
    {
      Tunnel tunnel = open_tunnel();
      expect_flow(tunnel.client, tunnel.target);
    }
    // The server knows the proxy's connection alone: when that goes, its agent goes.
    proxy.program().signal(SIGKILL);
    EXPECT_TRUE(server().program().says("an agent has gone")) << server().program().output();
    EXPECT_TRUE(agent.program().says("through http-connect/proxy: the proxy " + proxy.url("http-connect/in")))
        << agent.program().output();
    agent.program().signal(SIGTERM);
    EXPECT_EQ(agent.program().exit_status(), 0) << agent.program().output();
  }
};

TEST_F(ViaProxy, AnAgentIsConnectedThroughIt) { carry("", ""); }

TEST_F(ViaProxy, AnAgentIsConnectedThroughItByTlsWithinTls) {
  carry(", tls: {cert: " + folder_.file("server.pem") + ", key: " + folder_.file("server.key") + "}",
        ", tls: {ca: " + ca_file() + "}");
}

}  // namespace
}  // namespace konduit::programs
