#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chaos/metrics_page.hpp"
#include "chaos/namespaces.hpp"
#include "chaos/process.hpp"
#include "chaos/process_view.hpp"
#include "support/certificates.hpp"
#include "support/temp_directory.hpp"

namespace konduit::chaos {

/// The programs under test, and this one.
struct Programs {
  std::string konduit;
  std::string self;
  bool sanitized = false;
};

/// What is set up, and how.
struct SiteSettings {
  unsigned agents = 1;
  unsigned endpoints = 1;
  bool forwarder = false;                  ///< Between the agents and the server.
  bool endpoint_forwarder = false;         ///< In front of the first endpoint, on the agent's side.
  bool namespaces = false;                 ///< The server in one, agents and endpoints in another.
  std::vector<std::string> environment{};  ///< Of server and agents.
  int server_error = -1;                   ///< Descriptors for their standard error; borrowed.
  int agent_error = -1;
  std::uint64_t seed = 1;
};

/// A server, agents, endpoints and forwarders as processes of this machine, with a folder and certificates of their
/// own. Everything is ended and removed with it.
///
/// Thread: main. Everything that waits throws std::runtime_error, with what the process said, when it waits in vain.
class Site {
 public:
  Site(const Programs& programs, const SiteSettings& settings);
  ~Site();

  /// Starts what there is and waits until every agent is connected.
  void start();
  void start_server();
  void start_agent(unsigned index);
  void start_endpoint(unsigned index);
  /// Until the server counts so many agents. False when they are not there in time.
  bool agents_connected(unsigned count, Duration patience);
  /// SIGTERM to agents and server; what is wrong with how they ended, one text each.
  std::vector<std::string> stop();

  Process& server() { return server_; }
  Process& agent(unsigned index) { return agents_[index]; }
  Process& endpoint(unsigned index) { return endpoints_[index]; }
  unsigned agents() const { return static_cast<unsigned>(agents_.size()); }
  Namespaces& namespaces() { return *namespaces_; }

  /// One command for the forwarder between agents and server, or for the one in front of the endpoint.
  void order(const std::string& command) { order(*forwarder_, command); }
  void order_endpoint_forwarder(const std::string& command) { order(*endpoint_forwarder_, command); }

  std::string door() const { return folder_.file("door.sock"); }
  /// How tunnels name an endpoint.
  std::string target(unsigned index) const;
  MetricsPage server_metrics() const { return MetricsPage::fetch(folder_.file("server.sock")); }
  MetricsPage agent_metrics(unsigned index) const;
  std::string server_log() const;
  std::string agent_log(unsigned index) const;
  const test_support::TempDirectory& folder() const { return folder_; }
  const test_support::Authority& authority() const { return authority_; }
  /// Writes NAME.crt and NAME.key.
  void write_identity(const std::string& name, const test_support::Identity& identity) const;
  /// Writes NAME.yaml of an agent of that name, which wants NAME.crt and NAME.key.
  void write_agent_document(const std::string& name) const;
  /// Starts `konduit run` with NAME.yaml.
  Process launch(const std::string& name, const std::vector<std::string>& prefix, int error) const;

  /// Reports of sanitizers in any log.
  std::vector<std::string> sanitizer_reports() const;
  /// Keeps every log in `folder`.
  void save_logs(const std::string& folder) const;

 private:
  void order(Process& forwarder, const std::string& command);
  Process start_forwarder(const std::string& target);
  std::string await_address(Process& process, const std::string& name, const std::string& listener) const;
  std::vector<std::string> prefix(bool on_server) const;

  const Programs& programs_;
  const SiteSettings settings_;
  test_support::TempDirectory folder_;
  test_support::Authority authority_;
  std::unique_ptr<Namespaces> namespaces_;
  std::string server_address_;     // for agents, once known
  std::string forwarder_address_;  // likewise
  std::string endpoint_forwarder_target_;
  std::vector<std::string> endpoint_ports_;
  std::vector<Process> endpoints_;
  std::optional<Process> endpoint_forwarder_;
  Process server_;
  std::optional<Process> forwarder_;
  std::vector<Process> agents_;
};

}  // namespace konduit::chaos
