#include "chaos/namespaces.hpp"

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "chaos/patience.hpp"
#include "chaos/process.hpp"
#include "support/temp_directory.hpp"

namespace konduit::chaos {

namespace {

constexpr Duration kPatience = std::chrono::seconds(10);

bool on_path(const std::string& program) {
  for (const char* folder : {"/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin"}) {
    if (std::filesystem::exists(std::filesystem::path(folder) / program)) return true;
  }
  return false;
}

/// Runs a command to its end. Throws std::runtime_error, with what it printed, unless it succeeds.
void run_command(const std::vector<std::string>& command) {
  const test_support::TempDirectory folder;
  Process process({.command = command, .output = folder.file("output")});
  const auto status = process.wait(Clock::now() + kPatience);
  if (status == 0) return;
  std::string line;
  for (const std::string& word : command) line += word + ' ';
  throw std::runtime_error(line + "failed: " + (status ? describe_status(*status) : "it did not end") + ": " +
                           folder.read("output"));
}

bool succeeds(const std::vector<std::string>& command) {
  try {
    run_command(command);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

/// What nft makes of packets that come in by `device`.
std::string rules(const std::string& device, const std::string& verdict) {
  return "table inet chaos { chain in { type filter hook input priority 0; iifname " + device + " " + verdict +
         "; }; }";
}

void run_ip(const std::string& line) {
  std::vector<std::string> command{"ip"};
  std::string word;
  for (const char c : line + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      command.push_back(std::move(word));
      word.clear();
    }
  }
  run_command(command);
}

}  // namespace

std::string Namespaces::missing() {
  if (::geteuid() != 0) return "network namespaces need root";
  for (const char* program : {"ip", "nft"}) {
    if (!on_path(program)) return std::string(program) + " is not installed (scripts/install-deps --all)";
  }
  const std::string name = "konduit-probe-" + std::to_string(::getpid());
  if (!succeeds({"ip", "netns", "add", name})) return "this machine lets nobody make a network namespace";
  const bool filters = succeeds({"ip", "netns", "exec", name, "nft", rules("lo", "numgen random mod 100 < 1 drop")});
  const bool cables =
      succeeds({"ip", "-n", name, "link", "add", "probe", "type", "veth", "peer", "name", "probe-peer"});
  const Uninterrupted tidying_up;
  run_command({"ip", "netns", "delete", name});
  if (!filters) return "this machine's kernel has no nftables, or not all of it";
  if (!cables) return "this machine's kernel has no veth devices";
  return {};
}

Namespaces::Namespaces()
    : server_("konduit-server-" + std::to_string(::getpid())), agent_("konduit-agent-" + std::to_string(::getpid())) {
  try {
    run_ip("netns add " + server_);
    run_ip("netns add " + agent_);
    run_ip("-n " + server_ + " link add cable type veth peer name cable netns " + agent_);
    run_ip("-n " + server_ + " address add " + kServerAddress + "/24 dev cable");
    run_ip("-n " + agent_ + " address add " + kAgentAddress + "/24 dev cable");
    for (const std::string& name : {server_, agent_}) {
      run_ip("-n " + name + " link set lo up");
      run_ip("-n " + name + " link set cable up");
    }
  } catch (...) {
    const Uninterrupted tidying_up;
    succeeds({"ip", "netns", "delete", server_});
    succeeds({"ip", "netns", "delete", agent_});
    throw;
  }
}

Namespaces::~Namespaces() {
  const Uninterrupted tidying_up;
  for (const std::string& name : {server_, agent_}) {
    if (!succeeds({"ip", "netns", "delete", name})) std::cerr << "cannot delete the namespace " << name << std::endl;
  }
}

std::vector<std::string> Namespaces::on_server() const { return {"ip", "netns", "exec", server_}; }
std::vector<std::string> Namespaces::on_agent() const { return {"ip", "netns", "exec", agent_}; }

void Namespaces::cut() { drop("drop"); }
void Namespaces::lose(unsigned percent) { drop("numgen random mod 100 < " + std::to_string(percent) + " drop"); }

void Namespaces::drop(const std::string& verdict) {
  for (std::vector<std::string> command : {on_server(), on_agent()}) {
    command.insert(command.end(), {"nft", rules("cable", verdict)});
    run_command(command);
  }
}

void Namespaces::mend() {
  for (std::vector<std::string> command : {on_server(), on_agent()}) {
    command.insert(command.end(), {"nft", "delete table inet chaos"});
    run_command(command);
  }
}

}  // namespace konduit::chaos
