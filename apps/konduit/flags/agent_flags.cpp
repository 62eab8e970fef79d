#include "flags/agent_flags.hpp"

#include "flags/rules.hpp"

namespace konduit::flags {
namespace {

constexpr Flag kFlags[] = {
    {"proxy-server-host", FlagType::text, "127.0.0.1", "Where the servers are."},
    {"proxy-server-port", FlagType::integer, "8091", "Their port for agents."},
    {"ca-cert", FlagType::text, "", "The authority of the servers' certificates."},
    {"agent-cert", FlagType::text, "", "The certificate shown to servers."},
    {"agent-key", FlagType::text, "", "Its key."},
    {"alpn-proto", FlagType::list, "", "ALPN names to offer before h2."},
    {"health-server-host", FlagType::text, "", "The address of --health-server-port; empty: all."},
    {"health-server-port", FlagType::integer, "8093", "Liveness, readiness, metrics."},
    {"admin-server-port", FlagType::integer, "8094", "Profiles, for this machine; the way to the metrics."},
    {"admin-bind-address", FlagType::text, "127.0.0.1", "The address of --admin-server-port."},
    {"enable-profiling", FlagType::boolean, "false", "Serve CPU profiles under /debug/pprof/ on --admin-server-port."},
    {"enable-contention-profiling", FlagType::boolean, "false", "no lock is taken where traffic flows", FlagUse::inert},
    {"agent-id", FlagType::text, "", "The name of this agent; else $PROXY_AGENT_ID, else a random one."},
    {"agent-identifiers", FlagType::text, "", "ipv4, ipv6, host, cidr, default-route as a URL query string."},
    {"sync-interval", FlagType::duration, "1s", "Pause between attempts to find a server that is missing."},
    {"sync-interval-cap", FlagType::duration, "10s", "What that pause grows to while attempts fail."},
    {"sync-forever", FlagType::boolean, "false", "Look often for servers beyond the count."},
    {"probe-interval", FlagType::duration, "1s", "a connection that breaks is noticed at once", FlagUse::inert},
    {"keepalive-time", FlagType::duration, "1h0m0s", "Pause after which a silent server is asked for a sign of life."},
    {"service-account-token-path", FlagType::text, "", "The token shown to servers; read for every connection."},
    {"warn-on-channel-limit", FlagType::boolean, "false", "a full queue holds its tunnel back, and nobody else",
     FlagUse::inert},
    {"xfr-channel-size", FlagType::integer, "150", "what a tunnel may hold is bounded in bytes", FlagUse::inert},
    {"count-server-leases", FlagType::boolean, "false", "Count the servers' leases instead of asking servers."},
    {"lease-namespace", FlagType::text, "kube-system", "Where the leases are."},
    {"lease-label", FlagType::text, "k8s-app=konnectivity-server", "Their labels; older than --lease-label-selector."},
    {"lease-label-selector", FlagType::text, "", "Their labels, as a selector; wins over --lease-label."},
    {"server-count-source", FlagType::text, "default",
     "default: one source; max: the larger of servers' word and leases."},
    {"kubeconfig", FlagType::text, "", "How to reach kube-apiserver for leases; empty: as a pod does."},
    {"kube-api-content-type", FlagType::text, "application/vnd.kubernetes.protobuf",
     "kube-apiserver is spoken to in JSON", FlagUse::inert},
};

void check_pace(const FlagValues& values, config::Problems& problems) {
  if (values.duration("sync-interval") <= Duration::zero()) {
    values.error("sync-interval", "must be more than 0", problems);
  }
  if (values.duration("sync-interval") > values.duration("sync-interval-cap")) {
    values.error("sync-interval", "must not be more than --sync-interval-cap", problems);
  }
  check_not_negative(values, "keepalive-time", problems);
}

void check_count(const FlagValues& values, config::Problems& problems) {
  const std::string& source = values.text("server-count-source");
  if (!source.empty() && source != "default" && source != "max") {
    values.error("server-count-source", "must be default or max, found \"" + source + "\"", problems);
  }
  const bool leases = values.boolean("count-server-leases");
  check_file(values, "kubeconfig", problems);
  if (leases && !values.given("lease-label-selector")) check_labels(values, "lease-label", problems);
  if (!leases && !values.text("kubeconfig").empty()) {
    values.warn("kubeconfig", "has no effect without --count-server-leases", problems);
  }
}

}  // namespace

std::span<const Flag> agent_flags() noexcept { return kFlags; }

const char* lease_selector_flag(const FlagValues& values) {
  return values.given("lease-label-selector") ? "lease-label-selector" : "lease-label";
}

void check_agent_flags(const FlagValues& values, config::Problems& problems) {
  check_pair(values, "agent-cert", "agent-key", problems);
  check_required(values, "ca-cert", "to know the servers", problems);
  check_file(values, "ca-cert", problems);
  check_file(values, "service-account-token-path", problems);
  check_required(values, "proxy-server-host", "to find the servers", problems);
  check_port(values, "proxy-server-port", 1, 65535, false, problems);
  for (const char* port : {"health-server-port", "admin-server-port"}) {
    check_port(values, port, 1, 65535, true, problems);
  }
  check_at_least(values, "xfr-channel-size", 1, problems);
  check_profiling(values, problems);
  check_pace(values, problems);
  check_count(values, problems);
}

}  // namespace konduit::flags
