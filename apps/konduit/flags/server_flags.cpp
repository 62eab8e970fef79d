#include "flags/server_flags.hpp"

#include <initializer_list>

#include "flags/rules.hpp"

namespace konduit::flags {
namespace {

constexpr Flag kFlags[] = {
    {"mode", FlagType::text, "grpc", "What kube-apiserver speaks: grpc or http-connect."},
    {"uds-name", FlagType::text, "", "Listen for kube-apiserver on this Unix socket; with --server-port=0."},
    {"delete-existing-uds-file", FlagType::boolean, "true", "Remove a socket file that is left over."},
    {"server-port", FlagType::integer, "8090", "Where kube-apiserver connects by TCP."},
    {"server-bind-address", FlagType::text, "", "The address of --server-port; empty: all."},
    {"server-cert", FlagType::text, "", "The certificate shown to kube-apiserver."},
    {"server-key", FlagType::text, "", "Its key."},
    {"server-ca-cert", FlagType::text, "", "The authority of kube-apiserver's certificates."},
    {"agent-port", FlagType::integer, "8091", "Where agents connect."},
    {"agent-bind-address", FlagType::text, "", "The address of --agent-port; empty: all."},
    {"cluster-cert", FlagType::text, "", "The certificate shown to agents."},
    {"cluster-key", FlagType::text, "", "Its key."},
    {"cluster-ca-cert", FlagType::text, "", "The authority of the agents' certificates."},
    {"allow-anonymous-agents", FlagType::boolean, "false",
     "Let anybody be an agent who reaches --agent-port, where neither --cluster-ca-cert nor tokens tell who may."},
    {"admin-port", FlagType::integer, "8095", "Metrics and profiles, for this machine."},
    {"admin-bind-address", FlagType::text, "127.0.0.1", "The address of --admin-port."},
    {"health-port", FlagType::integer, "8092", "Liveness, readiness, metrics."},
    {"health-bind-address", FlagType::text, "", "The address of --health-port; empty: all."},
    {"keepalive-time", FlagType::duration, "1h0m0s", "Pause after which a silent agent is asked for a sign of life."},
    {"frontend-keepalive-time", FlagType::duration, "1h0m0s", "The same for kube-apiserver, with --mode=grpc."},
    {"enable-profiling", FlagType::boolean, "false", "Serve CPU profiles under /debug/pprof/ on --admin-port."},
    {"enable-contention-profiling", FlagType::boolean, "false", "no lock is taken where traffic flows", FlagUse::inert},
    {"server-id", FlagType::text, "",
     "The name of this server; else $PROXY_SERVER_ID, the machine's id, a random one."},
    {"server-count", FlagType::integer, "1", "How many servers there are."},
    {"agent-namespace", FlagType::text, "", "Token authentication: the agents' namespace."},
    {"agent-service-account", FlagType::text, "", "Token authentication: the agents' service account."},
    {"authentication-audience", FlagType::text, "", "Token authentication: the tokens' audience."},
    {"kubeconfig", FlagType::text, "",
     "How to reach kube-apiserver for token reviews and leases; empty: as a pod does."},
    {"kubeconfig-qps", FlagType::number, "0", "Token reviews a second; 0: the component's default."},
    {"kubeconfig-burst", FlagType::integer, "0", "Token reviews at once; 0: the component's default."},
    {"kube-api-content-type", FlagType::text, "application/vnd.kubernetes.protobuf",
     "kube-apiserver is spoken to in JSON", FlagUse::inert},
    {"proxy-strategies", FlagType::text, "default", "destHost, defaultRoute, cidr, default, in order."},
    {"cipher-suites", FlagType::list, "", "Names of TLS 1.2 cipher suites; empty: the library's."},
    {"tls-min-version", FlagType::text, "", "VersionTLS12 or VersionTLS13; older ones mean VersionTLS12."},
    {"xfr-channel-size", FlagType::integer, "10", "what a tunnel may hold is bounded in bytes", FlagUse::inert},
    {"enable-lease-controller", FlagType::boolean, "false", "Publish a lease for this server."},
    {"lease-namespace", FlagType::text, "kube-system", "Where the lease is published."},
    {"lease-label", FlagType::text, "k8s-app=konnectivity-server", "Its labels: KEY=VALUE,…"},
    {"graceful-shutdown-timeout", FlagType::duration, "0s",
     "How long tunnels may go on after SIGTERM; 25s where it is not given."},
    {"backend-dial-timeout", FlagType::duration, "0s", "How long an agent may take for a dial; 0: 30s."},
    {"warn-on-channel-limit", FlagType::boolean, "true", "a full queue holds its tunnel back, and nobody else",
     FlagUse::deprecated},
};

bool is_empty(const FlagValues& values, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (!values.text(name).empty()) return false;
  }
  return true;
}

void check_frontend(const FlagValues& values, config::Problems& problems) {
  check_pair(values, "server-cert", "server-key", problems);
  check_file(values, "server-ca-cert", problems);
  if (values.text("uds-name").empty()) {
    check_port(values, "server-port", 1024, 49151, false, problems);
    for (const char* name : {"server-cert", "server-key", "server-ca-cert"}) {
      check_required(values, name, "to listen on TCP; a Unix socket takes --uds-name and --server-port=0", problems);
    }
    return;
  }
  if (values.integer("server-port") != 0) {
    values.error("server-port", "must be 0, explicitly, with --uds-name", problems);
  }
  for (const char* name : {"server-cert", "server-key", "server-ca-cert"}) {
    if (!values.text(name).empty()) values.error(name, "cannot be used with --uds-name", problems);
  }
}

void check_agents(const FlagValues& values, config::Problems& problems) {
  check_pair(values, "cluster-cert", "cluster-key", problems);
  for (const char* name : {"cluster-cert", "cluster-key"})
    check_required(values, name, "for the agents' TLS", problems);
  check_file(values, "cluster-ca-cert", problems);
  const AgentProof proof = agent_proof(values);
  if (proof == AgentProof::none && !values.boolean("allow-anonymous-agents")) {
    values.error("cluster-ca-cert",
                 "is required unless agents authenticate by token: otherwise any agent would be accepted, which "
                 "--allow-anonymous-agents says aloud",
                 problems);
  }
  if (proof != AgentProof::token) return;
  if (!values.text("cluster-ca-cert").empty()) {
    values.error("cluster-ca-cert", "cannot be used with token authentication", problems);
  }
  for (const char* name : {"agent-namespace", "agent-service-account", "authentication-audience"}) {
    check_required(values, name, "for token authentication", problems);
  }
}

void check_kubernetes(const FlagValues& values, config::Problems& problems) {
  const bool leases = values.boolean("enable-lease-controller");
  check_file(values, "kubeconfig", problems);
  if (leases) check_labels(values, "lease-label", problems);
  if (!values.text("kubeconfig").empty() && !leases && agent_proof(values) != AgentProof::token) {
    values.warn("kubeconfig", "has no effect without token authentication or --enable-lease-controller", problems);
  }
}

}  // namespace

std::span<const Flag> server_flags() noexcept { return kFlags; }

AgentProof agent_proof(const FlagValues& values) {
  if (!is_empty(values, {"agent-namespace", "agent-service-account", "authentication-audience"})) {
    return AgentProof::token;
  }
  return values.text("cluster-ca-cert").empty() ? AgentProof::none : AgentProof::certificate;
}

void check_server_flags(const FlagValues& values, config::Problems& problems) {
  const std::string& mode = values.text("mode");
  if (mode != "grpc" && mode != "http-connect") {
    values.error("mode", "must be grpc or http-connect, found \"" + mode + "\"", problems);
  }
  check_frontend(values, problems);
  check_agents(values, problems);
  check_kubernetes(values, problems);
  for (const char* port : {"agent-port", "admin-port", "health-port"}) {
    check_port(values, port, 1024, 49151, true, problems);
  }
  check_at_least(values, "server-count", 1, problems);
  check_at_least(values, "xfr-channel-size", 1, problems);
  check_profiling(values, problems);
  for (const char* name :
       {"graceful-shutdown-timeout", "backend-dial-timeout", "keepalive-time", "frontend-keepalive-time"}) {
    check_not_negative(values, name, problems);
  }
}

}  // namespace konduit::flags
