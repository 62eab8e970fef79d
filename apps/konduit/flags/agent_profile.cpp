#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "flags/agent_flags.hpp"
#include "flags/exports.hpp"
#include "flags/identifiers.hpp"
#include "flags/log_flags.hpp"
#include "flags/own_flags.hpp"
#include "flags/profile.hpp"
#include "flags/proxy_environment.hpp"
#include "flags/rules.hpp"
#include "flags/upstream_proxy.hpp"

namespace konduit::flags {
namespace {

using config::Node;
using config::Problems;

class AgentDocument {
 public:
  AgentDocument(const FlagValues& values, Problems& problems)
      : values_(values),
        problems_(problems),
        proxy_(proxy_for(values.text("proxy-server-host"), values.text("proxy-server-port"), process_environment)) {
    if (counts_leases()) api_proxy_ = proxy_to_api_server(values.text("kubeconfig"));
  }

  Node document() {
    check_agent_flags(values_, problems_);
    Node document;
    document.add("apiVersion", fixed("konduit/v1"));
    document.add("discovery", discovery());
    Node frontends;
    frontends.add("uplink/control-plane", uplink());
    document.add("frontends", std::move(frontends));
    Node backends;
    backends.add("direct/node", empty_map());
    // There is one variable, so both are the same proxy.
    if (const auto& proxy = proxy_ ? proxy_ : api_proxy_) add_proxy_backend(backends, *proxy, problems_);
    document.add("backends", std::move(backends));
    document.add("pipelines", pipelines());
    document.add("telemetry", telemetry());
    return document;
  }

 private:
  bool counts_leases() const { return values_.boolean("count-server-leases"); }
  bool asks_servers() const { return !counts_leases() || values_.text("server-count-source") == "max"; }

  Node discovery() {
    std::string name = values_.given("proxy-server-port") && !values_.given("proxy-server-host") ? "proxy-server-port"
                                                                                                 : "proxy-server-host";
    Node servers;
    servers.add(values_.node(name, host_port(values_.text("proxy-server-host"), values_.text("proxy-server-port"))));
    Node fixed_servers;
    fixed_servers.add("servers", std::move(servers));
    Node discovery;
    discovery.add("static/servers", std::move(fixed_servers));
    if (asks_servers()) discovery.add("headers/count", empty_map());
    if (counts_leases()) {
      discovery.add("lease/count", leases(), values_.node("count-server-leases").mark());
      if (asks_servers()) discovery.add("max/count", larger_count(), values_.node("server-count-source").mark());
    }
    return discovery;
  }

  Node leases() {
    Node lease;
    lease.add("namespace", values_.node("lease-namespace"));
    lease.add("labels", values_.node(lease_selector_flag(values_)));
    add_text(lease, "kubeconfig", values_, "kubeconfig");
    if (api_proxy_) lease.add("via", via_proxy(*api_proxy_));
    return lease;
  }

  static Node larger_count() {
    Node of;
    of.add(fixed("headers/count"));
    of.add(fixed("lease/count"));
    Node larger;
    larger.add("of", std::move(of));
    return larger;
  }

  const char* count() const {
    if (!counts_leases()) return "headers/count";
    return asks_servers() ? "max/count" : "lease/count";
  }

  Node uplink() {
    Node uplink;
    uplink.add("servers", fixed("static/servers"));
    uplink.add("count", fixed(count()));
    Node tls;
    tls.add("ca", values_.node("ca-cert"));
    add_text(tls, "cert", values_, "agent-cert");
    add_text(tls, "key", values_, "agent-key");
    uplink.add("tls", std::move(tls));
    if (proxy_) uplink.add("via", via_proxy(*proxy_));
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
    // The reference connects again each --sync-interval then, which costs a handshake and a token review each time.
    if (values_.boolean("sync-forever")) sync.add("look", values_.node("sync-interval-cap"));
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
    Node admin = tcp_listener(values_, "admin-bind-address", "admin-server-port");
    admin.add("metrics", fixed("redirect"));
    add_profiling(admin, values_);
    Node telemetry;
    telemetry.add("admin", std::move(admin));
    telemetry.add("health", tcp_listener(values_, "health-server-host", "health-server-port"));
    telemetry.add("log", log_section(values_, "proxy-agent", problems_));
    telemetry.add("exports", agent_exports());
    return telemetry;
  }

  const FlagValues& values_;
  Problems& problems_;
  const std::optional<UpstreamProxy> proxy_;  // between this agent and the servers
  std::optional<UpstreamProxy> api_proxy_;    // between this agent and the API server, if it is asked
};

}  // namespace

Profile agent_profile(std::span<const std::string> arguments, Problems& problems) {
  return make_profile(
      agent_flags(), arguments,
      [](const FlagValues& values, Problems& found) { return AgentDocument(values, found).document(); }, problems);
}

std::string agent_help() {
  return profile_help("konduit agent [flags]: takes what the reference's proxy-agent takes", agent_flags());
}

}  // namespace konduit::flags
