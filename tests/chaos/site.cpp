#include "chaos/site.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "chaos/documents.hpp"
#include "chaos/patience.hpp"

namespace konduit::chaos {

namespace {

constexpr Duration kStart = std::chrono::seconds(10);
constexpr Duration kStop = std::chrono::seconds(30);
constexpr Duration kAnswer = std::chrono::seconds(5);

std::string agent_name(unsigned index) { return "agent-" + std::to_string(index); }

/// "127.0.0.1:4711" of the listener's line in a ready file; empty if it has none.
std::string address_in(const std::string& ready, const std::string& listener) {
  const std::string before = "\"id\": \"" + listener + "\", \"url\": \"tcp://";
  const std::size_t at = ready.find(before);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + before.size();
  return ready.substr(begin, ready.find('"', begin) - begin);
}

}  // namespace

Site::Site(const Programs& programs, const SiteSettings& settings) : programs_(programs), settings_(settings) {
  if (settings_.namespaces) namespaces_ = std::make_unique<Namespaces>();
  folder_.write("ca.crt", authority_.certificate());
  write_identity("server", authority_.issue({.common_name = "server",
                                             .dns_names = {"localhost"},
                                             .ip_addresses = {"127.0.0.1", Namespaces::kServerAddress}}));
  for (unsigned i = 0; i != settings_.agents; ++i)
    write_identity(agent_name(i), authority_.issue_client(agent_name(i)));
  server_address_ = std::string(settings_.namespaces ? Namespaces::kServerAddress : "127.0.0.1") + ":0";
  endpoint_ports_.assign(settings_.endpoints, "0");
  endpoints_.resize(settings_.endpoints);
  agents_.resize(settings_.agents);
}

Site::~Site() = default;

void Site::write_identity(const std::string& name, const test_support::Identity& identity) const {
  folder_.write(name + ".crt", identity.certificate);
  folder_.write(name + ".key", identity.key);
}

std::vector<std::string> Site::prefix(bool on_server) const {
  if (!namespaces_) return {};
  return on_server ? namespaces_->on_server() : namespaces_->on_agent();
}

void Site::start() {
  for (unsigned i = 0; i != settings_.endpoints; ++i) start_endpoint(i);
  if (settings_.endpoint_forwarder) {
    endpoint_forwarder_ = start_forwarder("127.0.0.1:" + endpoint_ports_[0]);
    endpoint_forwarder_target_ = "127.0.0.1:" + endpoint_forwarder_->hear(Clock::now() + patient(kAnswer));
  }
  start_server();
  if (settings_.forwarder) {
    forwarder_ = start_forwarder(server_address_);
    forwarder_address_ = "127.0.0.1:" + forwarder_->hear(Clock::now() + patient(kAnswer));
  }
  for (unsigned i = 0; i != settings_.agents; ++i) start_agent(i);
  if (!agents_connected(settings_.agents, patient(kStart))) {
    throw std::runtime_error("the agents did not connect:\n" + server_log() + agent_log(0));
  }
}

void Site::start_server() {
  folder_.write("server.yaml", text_of(ServerDocument{.listen = server_address_, .folder = folder_.path()}));
  server_ = launch("server", prefix(true), settings_.server_error);
  // The port that the system chose the first time is asked for from then on.
  server_address_ = await_address(server_, "server", "agents/main");
}

void Site::write_agent_document(const std::string& name) const {
  const AgentDocument document{
      .server = settings_.forwarder ? forwarder_address_ : server_address_, .folder = folder_.path(), .name = name};
  folder_.write(name + ".yaml", text_of(document));
}

void Site::start_agent(unsigned index) {
  const std::string name = agent_name(index);
  write_agent_document(name);
  agents_[index] = launch(name, prefix(false), settings_.agent_error);
  await_address(agents_[index], name, {});
}

void Site::start_endpoint(unsigned index) {
  std::vector<std::string> command = prefix(false);
  command.insert(command.end(), {programs_.self, "endpoint", "--port", endpoint_ports_[index]});
  endpoints_[index] =
      Process({.command = std::move(command), .output = folder_.file("endpoint.log"), .conversation = true});
  endpoint_ports_[index] = endpoints_[index].hear(Clock::now() + patient(kStart));
}

Process Site::start_forwarder(const std::string& target) {
  return Process({.command = {programs_.self, "forwarder", "--to", target, "--seed", std::to_string(settings_.seed)},
                  .output = folder_.file("forwarder.log"),
                  .conversation = true});
}

Process Site::launch(const std::string& name, const std::vector<std::string>& prefix, int error) const {
  std::filesystem::remove(folder_.file(name + ".ready"));
  std::vector<std::string> command = prefix;
  command.insert(command.end(), {programs_.konduit, "run", folder_.file(name + ".yaml"), "--ready-file",
                                 folder_.file(name + ".ready")});
  return Process({.command = std::move(command),
                  .environment = settings_.environment,
                  .output = folder_.file(name + ".log"),
                  .standard_error = error,
                  .fixed_addresses = programs_.sanitized});
}

std::string Site::await_address(Process& process, const std::string& name, const std::string& listener) const {
  const std::string file = name + ".ready";
  const auto told = [&] { return std::filesystem::exists(folder_.file(file)) || !process.running(); };
  const bool ready = wait_until(Clock::now() + patient(kStart), told);
  if (!ready || !process.running()) throw std::runtime_error(name + " did not start:\n" + folder_.read(name + ".log"));
  return address_in(folder_.read(file), listener);
}

bool Site::agents_connected(unsigned count, Duration patience) {
  return wait_until(Clock::now() + patience,
                    [&] { return server_metrics().gauges["konduit_agents_connected"] == count; });
}

std::vector<std::string> Site::stop() {
  std::vector<std::string> wrong;
  const auto end = [&](Process& process, const std::string& name) {
    if (!process.running()) return;
    process.signal(SIGTERM);
    const auto status = process.wait(Clock::now() + patient(kStop));
    if (status != 0) wrong.push_back(name + " on SIGTERM: " + (status ? describe_status(*status) : "it did not end"));
  };
  for (unsigned i = 0; i != agents(); ++i) end(agents_[i], agent_name(i));
  end(server_, "the server");
  return wrong;
}

void Site::order(Process& forwarder, const std::string& command) {
  forwarder.say(command);
  const std::string answer = forwarder.hear(Clock::now() + patient(kAnswer));
  if (answer != "ok") throw std::runtime_error("forwarder: " + command + ": " + answer);
}

std::string Site::target(unsigned index) const {
  if (index == 0 && settings_.endpoint_forwarder) return endpoint_forwarder_target_;
  return "127.0.0.1:" + endpoint_ports_[index];
}

MetricsPage Site::agent_metrics(unsigned index) const {
  return MetricsPage::fetch(folder_.file(agent_name(index) + ".sock"));
}

std::string Site::server_log() const { return folder_.read("server.log"); }
std::string Site::agent_log(unsigned index) const { return folder_.read(agent_name(index) + ".log"); }

std::vector<std::string> Site::sanitizer_reports() const {
  std::vector<std::string> reports;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().extension() != ".log") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.find("Sanitizer") == std::string::npos && line.find("runtime error:") == std::string::npos) continue;
      reports.push_back(entry.path().filename().string() + ": " + line);
      break;
    }
  }
  return reports;
}

void Site::save_logs(const std::string& folder) const {
  std::filesystem::create_directories(folder);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const auto kind = entry.path().extension();
    if (kind != ".log" && kind != ".yaml") continue;
    std::filesystem::copy_file(entry.path(), std::filesystem::path(folder) / entry.path().filename(),
                               std::filesystem::copy_options::overwrite_existing);
  }
}

}  // namespace konduit::chaos
