#include <cstdlib>

#include "flags/identifiers.hpp"
#include "flags/log_flags.hpp"
#include "flags/own_flags.hpp"
#include "flags/profile.hpp"
#include "flags/rules.hpp"

namespace konduit::flags {
namespace {

using config::Node;
using config::Problems;

constexpr const char* kLater = "Accepted; without an effect yet.";

constexpr Flag kFlags[] = {
    {"proxy-server-host", FlagType::text, "127.0.0.1", "Where the servers are."},
    {"proxy-server-port", FlagType::integer, "8091", "Their port for agents."},
    {"ca-cert", FlagType::text, "", "The authority of the servers' certificates."},
    {"agent-cert", FlagType::text, "", "The certificate shown to servers."},
    {"agent-key", FlagType::text, "", "Its key."},
    {"alpn-proto", FlagType::list, "", "ALPN names to offer before h2."},
    {"health-server-host", FlagType::text, "", "The address of --health-server-port; empty: all."},
    {"health-server-port", FlagType::integer, "8093", "Liveness, readiness, metrics."},
    {"admin-server-port", FlagType::integer, "8094", "Metrics for this machine."},
    {"admin-bind-address", FlagType::text, "127.0.0.1", "The address of --admin-server-port."},
    {"enable-profiling", FlagType::boolean, "false", kLater},
    {"enable-contention-profiling", FlagType::boolean, "false", kLater},
    {"agent-id", FlagType::text, "", "The name of this agent; else $PROXY_AGENT_ID, else a random one."},
    {"agent-identifiers", FlagType::text, "", "ipv4, ipv6, host, cidr, default-route as a URL query string."},
    {"sync-interval", FlagType::duration, "1s", "Pause between attempts to find a server that is missing."},
    {"sync-interval-cap", FlagType::duration, "10s", "What that pause grows to while attempts fail."},
    {"sync-forever", FlagType::boolean, "false", "Accepted; a new server is always found."},
    {"probe-interval", FlagType::duration, "1s", "Accepted; a broken connection is noticed at once."},
    {"keepalive-time", FlagType::duration, "1h", "Pause after which a silent server is asked for a sign of life."},
    {"service-account-token-path", FlagType::text, "", "The token shown to servers; read for every connection."},
    {"warn-on-channel-limit", FlagType::boolean, "false", kLater},
    {"xfr-channel-size", FlagType::integer, "150", kLater},
    {"count-server-leases", FlagType::boolean, "false", "Count the servers' leases; not available yet."},
    {"lease-namespace", FlagType::text, "kube-system", kLater},
    {"lease-label-selector", FlagType::text, "k8s-app=konnectivity-server", kLater},
    {"lease-label", FlagType::text, "", "The old name of --lease-label-selector."},
    {"server-count-source", FlagType::text, "default", "default or max."},
    {"kubeconfig", FlagType::text, "", kLater},
    {"kube-api-content-type", FlagType::text, "application/vnd.kubernetes.protobuf", kLater},
};

class AgentDocument {
 public:
  AgentDocument(const FlagValues& values, Problems& problems) : values_(values), problems_(problems) {}

  Node document() {
    check();
    Node document;
    document.add("apiVersion", fixed("konduit/v1"));
    document.add("discovery", discovery());
    Node frontends;
    frontends.add("uplink/control-plane", uplink());
    document.add("frontends", std::move(frontends));
    Node backends;
    backends.add("direct/node", empty_map());
    document.add("backends", std::move(backends));
    document.add("pipelines", pipelines());
    document.add("telemetry", telemetry());
    return document;
  }

 private:
  void check() {
    check_pair(values_, "agent-cert", "agent-key", problems_);
    check_required(values_, "ca-cert", "to know the servers", problems_);
    check_file(values_, "ca-cert", problems_);
    check_file(values_, "service-account-token-path", problems_);
    check_required(values_, "proxy-server-host", "to find the servers", problems_);
    check_port(values_, "proxy-server-port", 1, 65535, false, problems_);
    for (const char* port : {"health-server-port", "admin-server-port"})
      check_port(values_, port, 1024, 65535, true, problems_);
    if (values_.duration("sync-interval") <= Duration::zero())
      values_.error("sync-interval", "must be more than 0", problems_);
    if (values_.duration("sync-interval") > values_.duration("sync-interval-cap")) {
      values_.error("sync-interval", "must not be more than --sync-interval-cap", problems_);
    }
    const std::string& source = values_.text("server-count-source");
    if (source != "default" && source != "max") {
      values_.error("server-count-source", "must be default or max, found \"" + source + "\"", problems_);
    }
    if (values_.boolean("count-server-leases")) values_.error("count-server-leases", "is not available yet", problems_);
  }

  Node discovery() {
    std::string name = values_.given("proxy-server-port") && !values_.given("proxy-server-host") ? "proxy-server-port"
                                                                                                 : "proxy-server-host";
    Node servers;
    servers.add(values_.node(name, host_port(values_.text("proxy-server-host"), values_.text("proxy-server-port"))));
    Node fixed_servers;
    fixed_servers.add("servers", std::move(servers));
    Node discovery;
    discovery.add("static/servers", std::move(fixed_servers));
    discovery.add("headers/count", empty_map());
    return discovery;
  }

  Node uplink() {
    Node uplink;
    uplink.add("servers", fixed("static/servers"));
    uplink.add("count", fixed("headers/count"));
    Node tls;
    tls.add("ca", values_.node("ca-cert"));
    add_text(tls, "cert", values_, "agent-cert");
    add_text(tls, "key", values_, "agent-key");
    uplink.add("tls", std::move(tls));
    Node alpn;
    for (std::string& name : values_.list("alpn-proto")) alpn.add(values_.node("alpn-proto", std::move(name)));
    if (alpn) uplink.add("alpn", std::move(alpn));
    add_text(uplink, "token_file", values_, "service-account-token-path");
    add_agent_id(uplink);
    if (Node section = identifiers(values_, "agent-identifiers", problems_))
      uplink.add("identifiers", std::move(section));
    Node sync;
    sync.add("interval", values_.node("sync-interval"));
    sync.add("cap", values_.node("sync-interval-cap"));
    uplink.add("sync", std::move(sync));
    uplink.add("keepalive", values_.node("keepalive-time"));
    return uplink;
  }

  void add_agent_id(Node& uplink) {
    if (values_.given("agent-id")) return uplink.add("agent_id", values_.node("agent-id"));
    const char* variable = std::getenv("PROXY_AGENT_ID");
    if (variable == nullptr || *variable == '\0') return;
    uplink.add("agent_id", Node::scalar(variable, {}, config::Origin::environment));
  }

  static Node pipelines() {
    Node frontends;
    frontends.add(fixed("uplink/control-plane"));
    Node pipeline;
    pipeline.add("frontends", std::move(frontends));
    pipeline.add("backend", fixed("direct/node"));
    Node pipelines;
    pipelines.add("serve", std::move(pipeline));
    return pipelines;
  }

  Node telemetry() {
    Node telemetry;
    telemetry.add("admin", tcp_listener(values_, "admin-bind-address", "admin-server-port"));
    telemetry.add("health", tcp_listener(values_, "health-server-host", "health-server-port"));
    telemetry.add("log", log_section(values_));
    return telemetry;
  }

  const FlagValues& values_;
  Problems& problems_;
};

}  // namespace

Profile agent_profile(std::span<const std::string> arguments, Problems& problems) {
  return make_profile(
      kFlags, arguments,
      [](const FlagValues& values, Problems& found) { return AgentDocument(values, found).document(); }, problems);
}

std::string agent_help() {
  return profile_help("konduit agent [flags]: takes what the reference's proxy-agent takes", kFlags);
}

}  // namespace konduit::flags
