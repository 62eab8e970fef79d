// With two shards, every part is called on its own shard's thread and nowhere else, from its attachment to its end.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/konduit_process.hpp"
#include "support/peer.hpp"
#include "support/temp_directory.hpp"

namespace konduit::threads {
namespace {

using test_support::KonduitProcess;
using test_support::Peer;

using Calls = std::map<std::string, int>;

/// "filter/calls shard=0 on_dial=3 …" → by component, a line a shard.
std::multimap<std::string, Calls> read_report(const std::string& file) {
  std::multimap<std::string, Calls> report;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string id;
    words >> id;
    Calls calls;
    for (std::string word; words >> word;) {
      const auto at = word.find('=');
      calls[word.substr(0, at)] = std::stoi(word.substr(at + 1));
    }
    report.emplace(id, calls);
  }
  return report;
}

class Threads : public ::testing::Test {
 protected:
  Threads() {
    std::filesystem::copy_file(WITNESS_PLUGIN, plugin_);
    ::chmod(plugin_.c_str(), 0644);
  }

  std::string head(const std::string& report) const {
    return "apiVersion: konduit/v1\nruntime: {shards: 2}\nplugins: {search: [" KONDUIT_PLUGINS "], load: [{path: " +
           plugin_ + "}]}\nfilters: {witness/filter: {report: " + folder_.file(report) + "}}\n";
  }
  std::string server() const {
    const std::string report = "{report: " + folder_.file("server.calls") + "}";
    return head("server.calls") + "frontends: {http-connect/uds: {listen: {url: \"uds://" + folder_.file("s") +
           "\"}, authenticator: witness/clients}}\nauthenticators: {witness/agents: " + report +
           ", witness/clients: " + report + "}\nselectors: {witness/selector: " + report + R"(}
backends:
  agents/main: {listen: {url: "tcp://127.0.0.1:0"}, authenticator: witness/agents, selectors: [witness/selector]}
  witness/backend: {inner: agents/main, report: )" +
           folder_.file("server.calls") + R"(}
pipelines: {main: {frontends: [http-connect/uds], filters: [witness/filter], backend: witness/backend}}
)";
  }
  std::string agent(const std::string& server) const {
    return head("agent.calls") + "discovery: {static/servers: {servers: [\"" + server + R"("]}}
frontends: {uplink/main: {servers: static/servers}}
backends:
  direct/node: {}
  witness/backend: {inner: direct/node, report: )" +
           folder_.file("agent.calls") + R"(}
pipelines: {main: {frontends: [uplink/main], filters: [witness/filter], backend: witness/backend}}
)";
  }

  /// Opens a tunnel, uses it in both directions, and closes it.
  void use_tunnel() {
    Peer client = test_support::open_tunnel("uds://" + folder_.file("s"), endpoint_.target());
    Peer target = endpoint_.accept();
    client.write("question");
    EXPECT_EQ(target.read(8), "question");
    target.write("answer");
    EXPECT_EQ(client.read(6), "answer");
  }

  /// One client on each shard: the second one comes while the shard that took the first is held.
  void use_both_shards(KonduitProcess& server) {
    const auto ask = [this] {
      Peer client = Peer::connect("uds://" + folder_.file("s"));
      client.write(test_support::connect_request(endpoint_.target()));
      return client;
    };
    Peer one = ask();
    ASSERT_TRUE(server.program().says("witness/clients a shard waits for the others")) << server.program().output();
    Peer other = ask();
    for (Peer* client : {&one, &other}) test_support::read_established(*client);
    for (int i = 0; i < 2; ++i) endpoint_.accept();
  }

  const test_support::TempDirectory folder_;
  const std::string plugin_ = folder_.file("witness.so");
  test_support::Endpoint endpoint_;
};

void expect_end(KonduitProcess& process) {
  process.program().signal(SIGTERM);
  ASSERT_EQ(process.program().exit_status(), 0) << process.program().output();
}

/// Every part of `id` lived its whole life on its shard's thread.
void expect_own_threads(const std::multimap<std::string, Calls>& report, const std::string& id, std::size_t parts = 2) {
  ASSERT_EQ(report.count(id), parts) << id;
  const auto [begin, end] = report.equal_range(id);
  for (auto at = begin; at != end; ++at) {
    const Calls& calls = at->second;
    EXPECT_EQ(calls.at("foreign"), 0) << id << " on shard " << calls.at("shard");
    for (const char* once : {"attach", "start", "drain", "destroy"}) {
      EXPECT_EQ(calls.count(once) ? calls.at(once) : 0, 1) << id << " " << once;
    }
    EXPECT_GE(calls.count("stop") ? calls.at("stop") : 0, 1) << id;
  }
}

/// So many of `call` on both shards together, and some on each where `everywhere`.
void expect_calls(const std::multimap<std::string, Calls>& report, const std::string& id, const std::string& call,
                  int wanted, bool everywhere) {
  const auto [begin, end] = report.equal_range(id);
  int sum = 0;
  for (auto at = begin; at != end; ++at) {
    const int here = at->second.count(call) ? at->second.at(call) : 0;
    if (everywhere) {
      EXPECT_GT(here, 0) << id << " " << call << " on shard " << at->second.at("shard");
    }
    sum += here;
  }
  EXPECT_EQ(sum, wanted) << id << " " << call;
}

TEST_F(Threads, NoPartIsCalledOnAnotherShardsThread) {
  KonduitProcess server_process(folder_, "server", server());
  server_process.await_ready();
  test_support::Program& said = server_process.program();
  const std::string address = server_process.url("agents/main").substr(std::string_view("tcp://").size());
  KonduitProcess one_agent(folder_, "one", agent(address));
  ASSERT_TRUE(said.says("witness/agents a shard waits for the others")) << said.output();
  KonduitProcess other_agent(folder_, "other", agent(address));
  ASSERT_TRUE(said.says("an agent connected", 2)) << said.output();

  use_both_shards(server_process);
  constexpr int kDials = 102;
  for (int dials = 2; dials < kDials; ++dials) use_tunnel();
  for (KonduitProcess* process : {&one_agent, &other_agent, &server_process}) expect_end(*process);

  const auto at_server = read_report(folder_.file("server.calls"));
  for (const char* id :
       {"witness/agents", "witness/clients", "witness/filter", "witness/backend", "witness/selector"}) {
    expect_own_threads(at_server, id);
  }
  for (const char* call : {"authenticate", "authenticated"}) {
    expect_calls(at_server, "witness/agents", call, 2, true);
    expect_calls(at_server, "witness/clients", call, kDials, true);
  }
  for (const char* call : {"on_dial", "on_stream", "on_end"}) {
    expect_calls(at_server, "witness/filter", call, kDials, true);
  }
  for (const char* call : {"dial", "dialled"}) expect_calls(at_server, "witness/backend", call, kDials, true);
  expect_calls(at_server, "witness/selector", "pick", kDials, true);

  // Of both agents; their tunnels stay on the shard of their uplink.
  const auto at_agents = read_report(folder_.file("agent.calls"));
  for (const char* id : {"witness/filter", "witness/backend"}) expect_own_threads(at_agents, id, 4);
  for (const char* call : {"on_dial", "on_resolved", "on_stream", "on_end"}) {
    expect_calls(at_agents, "witness/filter", call, kDials, false);
  }
  expect_calls(at_agents, "witness/backend", "dialled", kDials, false);
}

}  // namespace
}  // namespace konduit::threads
