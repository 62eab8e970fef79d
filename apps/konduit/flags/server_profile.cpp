#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flags/exports.hpp"
#include "flags/log_flags.hpp"
#include "flags/own_flags.hpp"
#include "flags/profile.hpp"
#include "flags/rules.hpp"
#include "flags/server_flags.hpp"
#include "flags/server_id.hpp"
#include "flags/upstream_proxy.hpp"

namespace konduit::flags {
namespace {

using config::Node;
using config::Problems;

struct Strategy {
  std::string_view flag;
  const char* id;
};
constexpr Strategy kStrategies[] = {{"destHost", "dest-host/dest-host"},
                                    {"defaultRoute", "default-route/default-route"},
                                    {"cidr", "cidr/cidr"},
                                    {"default", "any/default"}};

class ServerDocument {
 public:
  ServerDocument(const FlagValues& values, Problems& problems) : values_(values), problems_(problems) {
    const bool asks = agent_proof(values) == AgentProof::token || values.boolean("enable-lease-controller");
    if (asks) api_proxy_ = proxy_to_api_server(values.text("kubeconfig"));
  }

  Node document() {
    check_server_flags(values_, problems_);
    Node document;
    document.add("apiVersion", fixed("konduit/v1"));
    std::string frontend = values_.text("mode") + "/kas";
    Node frontends;
    frontends.add(frontend, frontend_section());
    document.add("frontends", std::move(frontends));
    Node selectors;
    Node backend = backend_section(selectors);
    if (Node section = authenticators()) document.add("authenticators", std::move(section));
    document.add("selectors", std::move(selectors));
    if (Node section = registrars()) document.add("registrars", std::move(section));
    Node backends;
    backends.add("agents/cluster", std::move(backend));
    if (api_proxy_) add_proxy_backend(backends, *api_proxy_, problems_);
    document.add("backends", std::move(backends));
    document.add("pipelines", pipelines(frontend));
    document.add("telemetry", telemetry());
    if (values_.given("graceful-shutdown-timeout")) {
      Node runtime;
      runtime.add("drain_timeout", values_.node("graceful-shutdown-timeout"));
      document.add("runtime", std::move(runtime));
    }
    return document;
  }

 private:
  Node tls(std::string_view cert, std::string_view key, std::string_view authority) {
    Node tls;
    tls.add("cert", values_.node(cert));
    tls.add("key", values_.node(key));
    add_text(tls, "client_ca", values_, authority);
    add_tls_rules(tls, values_, problems_);
    return tls;
  }

  Node frontend_section() {
    Node section;
    if (!values_.text("uds-name").empty()) {
      Node listen;
      listen.add("url", values_.node("uds-name", "uds://" + values_.text("uds-name")));
      Node mode = fixed("0770");
      mode.set_quoted(true);
      listen.add("mode", std::move(mode));
      listen.add("unlink_existing", boolean(values_, "delete-existing-uds-file"));
      section.add("listen", std::move(listen));
    } else {
      section = tcp_listener(values_, "server-bind-address", "server-port");
      section.entries()[0].value.add("tls", tls("server-cert", "server-key", "server-ca-cert"));
    }
    if (values_.text("mode") == "grpc") section.add("keepalive", values_.node("frontend-keepalive-time"));
    return section;
  }

  Node backend_section(Node& selectors) {
    Node section = tcp_listener(values_, "agent-bind-address", "agent-port");
    section.entries()[0].value.add("tls", tls("cluster-cert", "cluster-key", "cluster-ca-cert"));
    switch (agent_proof(values_)) {
      case AgentProof::token: section.add("authenticator", fixed("token-review/agents")); break;
      case AgentProof::certificate: section.add("authenticator", fixed("mtls/agents")); break;
      case AgentProof::none: section.add("allow_unauthenticated", boolean(values_, "allow-anonymous-agents")); break;
    }
    section.add("selectors", strategies(selectors));
    add_server_id(section);
    section.add("server_count", values_.node("server-count"));
    if (values_.boolean("enable-lease-controller")) section.add("registrar", fixed("lease/servers"));
    section.add("keepalive", values_.node("keepalive-time"));
    if (values_.duration("backend-dial-timeout") > Duration::zero()) {
      section.add("dial_timeout", values_.node("backend-dial-timeout"));
    }
    return section;
  }

  Node strategies(Node& selectors) {
    Node list;
    for (const std::string& name : split_list(values_.text("proxy-strategies"))) {
      const char* id = nullptr;
      for (const Strategy& strategy : kStrategies) {
        if (strategy.flag == name) id = strategy.id;
      }
      if (id == nullptr) {
        values_.error("proxy-strategies", "must be of destHost, defaultRoute, cidr and default, found \"" + name + "\"",
                      problems_);
      } else if (!selectors.has(id)) {
        selectors.add(id, empty_map(), values_.node("proxy-strategies").mark());
        list.add(values_.node("proxy-strategies", id));
        strategies_.emplace_back(name, id);
      }
    }
    if (split_list(values_.text("proxy-strategies")).empty()) {
      values_.error("proxy-strategies", "must name at least one strategy", problems_);
    }
    return list;
  }

  void add_server_id(Node& section) {
    if (values_.given("server-id")) return section.add("server_id", values_.node("server-id"));
    const char* variable = std::getenv("PROXY_SERVER_ID");
    std::string id = variable != nullptr ? variable : "";
    if (!id.empty()) return section.add("server_id", Node::scalar(id, {}, config::Origin::environment));
    id = machine_id();
    if (!id.empty()) section.add("server_id", fixed(id));
  }

  Node authenticators() {
    Node section;
    const AgentProof proof = agent_proof(values_);
    if (proof == AgentProof::certificate) section.add("mtls/agents", empty_map());
    if (proof != AgentProof::token) return section;
    Node review;
    review.add("namespace", values_.node("agent-namespace"));
    review.add("service_account", values_.node("agent-service-account"));
    review.add("audience", values_.node("authentication-audience"));
    add_api_server(review);
    if (values_.text("kubeconfig-qps") != "0") review.add("qps", values_.node("kubeconfig-qps"));
    if (values_.integer("kubeconfig-burst") != 0) review.add("burst", values_.node("kubeconfig-burst"));
    section.add("token-review/agents", std::move(review), values_.node("authentication-audience").mark());
    return section;
  }

  Node registrars() {
    Node section;
    if (!values_.boolean("enable-lease-controller")) return section;
    Node lease;
    lease.add("namespace", values_.node("lease-namespace"));
    lease.add("labels", values_.node("lease-label"));
    add_api_server(lease);
    section.add("lease/servers", std::move(lease), values_.node("enable-lease-controller").mark());
    return section;
  }

  void add_api_server(Node& section) {
    add_text(section, "kubeconfig", values_, "kubeconfig");
    if (api_proxy_) section.add("via", via_proxy(*api_proxy_));
  }

  static Node pipelines(const std::string& frontend) {
    Node frontends;
    frontends.add(fixed(frontend));
    Node pipeline;
    pipeline.add("frontends", std::move(frontends));
    pipeline.add("backend", fixed("agents/cluster"));
    Node pipelines;
    pipelines.add("cluster", std::move(pipeline));
    return pipelines;
  }

  Node telemetry() {
    Node admin = tcp_listener(values_, "admin-bind-address", "admin-port");
    add_profiling(admin, values_);
    Node health = tcp_listener(values_, "health-bind-address", "health-port");
    health.add("style", fixed("plain"));
    Node telemetry;
    telemetry.add("admin", std::move(admin));
    telemetry.add("health", std::move(health));
    telemetry.add("log", log_section(values_, "proxy-server", problems_));
    telemetry.add("exports", server_exports(strategies_));
    return telemetry;
  }

  const FlagValues& values_;
  Problems& problems_;
  std::optional<UpstreamProxy> api_proxy_;  // between this server and the API server, if it is asked
  std::vector<std::pair<std::string, std::string>> strategies_;  // in use: the flag's word, the selector's id
};

}  // namespace

Profile server_profile(std::span<const std::string> arguments, Problems& problems) {
  return make_profile(
      server_flags(), arguments,
      [](const FlagValues& values, Problems& found) { return ServerDocument(values, found).document(); }, problems);
}

std::string server_help() {
  return profile_help("konduit server [flags]: takes what the reference's proxy-server takes", server_flags());
}

}  // namespace konduit::flags
