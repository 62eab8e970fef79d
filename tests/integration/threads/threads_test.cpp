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
    return head("server.calls") + "frontends: {http-connect/uds: {listen: {url: \"uds://" + folder_.file("s") +
           "\"}}}\nselectors: {witness/selector: {report: " + folder_.file("server.calls") + R"(}}
backends:
  agents/main: {listen: {url: "tcp://127.0.0.1:0"}, allow_unauthenticated: true, selectors: [witness/selector]}
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

  const test_support::TempDirectory folder_;
  const std::string plugin_ = folder_.file("witness.so");
  test_support::Endpoint endpoint_;
};

void expect_end(KonduitProcess& process) {
  process.program().signal(SIGTERM);
  ASSERT_EQ(process.program().exit_status(), 0) << process.program().output();
}

/// Every part of `id` lived its whole life on its shard's thread.
void expect_own_threads(const std::multimap<std::string, Calls>& report, const std::string& id) {
  ASSERT_EQ(report.count(id), 2U) << id;
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
  constexpr int kMost = 5000;
  constexpr int kLeast = 100;
  KonduitProcess server_process(folder_, "server", server());
  server_process.await_ready();
  const std::string address = server_process.url("agents/main").substr(std::string_view("tcp://").size());
  KonduitProcess agent_process(folder_, "agent", agent(address));
  ASSERT_TRUE(server_process.program().says("an agent connected")) << agent_process.program().output();

  // Which shard takes a client is the system's choice, so until both have taken some.
  const auto shards_seen = [&] {
    const std::string& said = server_process.program().output();
    return said.find("first dial shard=0") != said.npos && said.find("first dial shard=1") != said.npos;
  };
  int dials = 0;
  while (dials < kLeast || (dials < kMost && !shards_seen())) {
    use_tunnel();
    ++dials;
  }
  expect_end(agent_process);
  expect_end(server_process);

  const auto at_server = read_report(folder_.file("server.calls"));
  for (const char* id : {"witness/filter", "witness/backend", "witness/selector"}) expect_own_threads(at_server, id);
  for (const char* call : {"on_dial", "on_stream", "on_end"}) {
    expect_calls(at_server, "witness/filter", call, dials, true);
  }
  for (const char* call : {"dial", "dialled"}) expect_calls(at_server, "witness/backend", call, dials, true);
  expect_calls(at_server, "witness/selector", "pick", dials, true);

  // The agent's tunnels stay on the shard of their uplink.
  const auto at_agent = read_report(folder_.file("agent.calls"));
  for (const char* id : {"witness/filter", "witness/backend"}) expect_own_threads(at_agent, id);
  for (const char* call : {"on_dial", "on_resolved", "on_stream", "on_end"}) {
    expect_calls(at_agent, "witness/filter", call, dials, false);
  }
  expect_calls(at_agent, "witness/backend", "dialled", dials, false);
}

}  // namespace
}  // namespace konduit::threads
