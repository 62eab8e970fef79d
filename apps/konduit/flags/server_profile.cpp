#include <cstdlib>

#include "flags/log_flags.hpp"
#include "flags/own_flags.hpp"
#include "flags/profile.hpp"
#include "flags/rules.hpp"
#include "flags/server_id.hpp"

namespace konduit::flags {
namespace {

using config::Node;
using config::Problems;

constexpr const char* kLater = "Accepted; without an effect yet.";

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
    {"admin-port", FlagType::integer, "8095", "Metrics for this machine."},
    {"admin-bind-address", FlagType::text, "127.0.0.1", "The address of --admin-port."},
    {"health-port", FlagType::integer, "8092", "Liveness, readiness, metrics."},
    {"health-bind-address", FlagType::text, "", "The address of --health-port; empty: all."},
    {"keepalive-time", FlagType::duration, "1h", "Pause after which a silent agent is asked for a sign of life."},
    {"frontend-keepalive-time", FlagType::duration, "1h", "The same for kube-apiserver, with --mode=grpc."},
    {"enable-profiling", FlagType::boolean, "false", kLater},
    {"enable-contention-profiling", FlagType::boolean, "false", kLater},
    {"server-id", FlagType::text, "",
     "The name of this server; else $PROXY_SERVER_ID, the machine's id, a random one."},
    {"server-count", FlagType::integer, "1", "How many servers there are."},
    {"agent-namespace", FlagType::text, "", "Token authentication: the agents' namespace."},
    {"agent-service-account", FlagType::text, "", "Token authentication: the agents' service account."},
    {"authentication-audience", FlagType::text, "", "Token authentication: the tokens' audience."},
    {"kubeconfig", FlagType::text, "", "How to reach kube-apiserver for token reviews."},
    {"kubeconfig-qps", FlagType::number, "0", kLater},
    {"kubeconfig-burst", FlagType::integer, "0", kLater},
    {"kube-api-content-type", FlagType::text, "application/vnd.kubernetes.protobuf", kLater},
    {"proxy-strategies", FlagType::list, "default", "destHost, defaultRoute, default, in order."},
    {"cipher-suites", FlagType::list, "", "Names of TLS 1.2 cipher suites; empty: the library's."},
    {"tls-min-version", FlagType::text, "", "VersionTLS12 or VersionTLS13."},
    {"xfr-channel-size", FlagType::integer, "10", kLater},
    {"enable-lease-controller", FlagType::boolean, "false", "Publish a lease for this server; not available yet."},
    {"lease-namespace", FlagType::text, "kube-system", kLater},
    {"lease-label", FlagType::text, "k8s-app=konnectivity-server", kLater},
    {"graceful-shutdown-timeout", FlagType::duration, "", "How long tunnels may go on after SIGTERM (default 25s)."},
    {"backend-dial-timeout", FlagType::duration, "0s", "How long an agent may take for a dial; 0: 30s."},
    {"warn-on-channel-limit", FlagType::boolean, "false", kLater},
};

struct Strategy {
  std::string_view flag;
  const char* id;
};
constexpr Strategy kStrategies[] = {
    {"destHost", "dest-host/dest-host"}, {"defaultRoute", "default-route/default-route"}, {"default", "any/default"}};

class ServerDocument {
 public:
  ServerDocument(const FlagValues& values, Problems& problems) : values_(values), problems_(problems) {}

  Node document() {
    check();
    Node document;
    document.add("apiVersion", fixed("konduit/v1"));
    std::string frontend = values_.text("mode") + "/kas";
    Node frontends;
    frontends.add(frontend, frontend_section());
    document.add("frontends", std::move(frontends));
    Node selectors;
    Node backend = backend_section(selectors);
    document.add("authenticators", authenticators());
    document.add("selectors", std::move(selectors));
    Node backends;
    backends.add("agents/cluster", std::move(backend));
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
  bool on_socket() const { return !values_.text("uds-name").empty(); }
  bool by_token() const {
    for (const char* name : {"agent-namespace", "agent-service-account", "authentication-audience", "kubeconfig"}) {
      if (!values_.text(name).empty()) return true;
    }
    return false;
  }

  void check() {
    const std::string& mode = values_.text("mode");
    if (mode != "grpc" && mode != "http-connect") {
      values_.error("mode", "must be grpc or http-connect, found \"" + mode + "\"", problems_);
    }
    check_frontend();
    check_agents();
    for (const char* port : {"agent-port", "admin-port", "health-port"})
      check_port(values_, port, 1024, 49151, true, problems_);
    if (values_.integer("server-count") < 1) values_.error("server-count", "must be 1 or more", problems_);
    if (values_.boolean("enable-lease-controller"))
      values_.error("enable-lease-controller", "is not available yet", problems_);
  }

  void check_frontend() {
    check_pair(values_, "server-cert", "server-key", problems_);
    check_file(values_, "server-ca-cert", problems_);
    if (!on_socket()) {
      check_port(values_, "server-port", 1024, 49151, false, problems_);
      for (const char* name : {"server-cert", "server-key", "server-ca-cert"}) {
        check_required(values_, name, "to listen on TCP; a Unix socket takes --uds-name and --server-port=0",
                       problems_);
      }
      return;
    }
    if (values_.integer("server-port") != 0) {
      values_.error("server-port", "must be 0, explicitly, with --uds-name", problems_);
    }
    for (const char* name : {"server-cert", "server-key", "server-ca-cert"}) {
      if (!values_.text(name).empty()) values_.error(name, "cannot be used with --uds-name", problems_);
    }
  }

  void check_agents() {
    check_pair(values_, "cluster-cert", "cluster-key", problems_);
    for (const char* name : {"cluster-cert", "cluster-key"})
      check_required(values_, name, "for the agents' TLS", problems_);
    check_file(values_, "cluster-ca-cert", problems_);
    check_file(values_, "kubeconfig", problems_);
    if (!by_token()) {
      check_required(values_, "cluster-ca-cert",
                     "unless agents authenticate by token: otherwise any agent would be accepted", problems_);
      return;
    }
    if (!values_.text("cluster-ca-cert").empty()) {
      values_.error("cluster-ca-cert", "cannot be used with token authentication", problems_);
    }
    for (const char* name : {"agent-namespace", "agent-service-account", "authentication-audience"}) {
      check_required(values_, name, "for token authentication", problems_);
    }
  }

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
    if (on_socket()) {
      Node listen;
      listen.add("url", values_.node("uds-name", "uds://" + values_.text("uds-name")));
      Node mode = fixed("0770");
      mode.set_quoted(true);
      listen.add("mode", std::move(mode));
      listen.add("unlink_existing", values_.node("delete-existing-uds-file",
                                                 values_.boolean("delete-existing-uds-file") ? "true" : "false"));
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
    section.add("authenticator", fixed(by_token() ? "token-review/agents" : "mtls/agents"));
    section.add("selectors", strategies(selectors));
    add_server_id(section);
    section.add("server_count", values_.node("server-count"));
    section.add("keepalive", values_.node("keepalive-time"));
    if (values_.duration("backend-dial-timeout") > Duration::zero()) {
      section.add("dial_timeout", values_.node("backend-dial-timeout"));
    }
    return section;
  }

  Node strategies(Node& selectors) {
    Node list;
    for (const std::string& name : values_.list("proxy-strategies")) {
      const char* id = nullptr;
      for (const Strategy& strategy : kStrategies) {
        if (strategy.flag == name) id = strategy.id;
      }
      if (id == nullptr) {
        values_.error("proxy-strategies", "must be of destHost, defaultRoute and default, found \"" + name + "\"",
                      problems_);
      } else if (!selectors.has(id)) {
        selectors.add(id, empty_map(), values_.node("proxy-strategies").mark());
        list.add(values_.node("proxy-strategies", id));
      }
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
    if (!by_token()) {
      section.add("mtls/agents", empty_map());
      return section;
    }
    Node review;
    review.add("namespace", values_.node("agent-namespace"));
    review.add("service_account", values_.node("agent-service-account"));
    review.add("audience", values_.node("authentication-audience"));
    add_text(review, "kubeconfig", values_, "kubeconfig");
    section.add("token-review/agents", std::move(review), values_.node("authentication-audience").mark());
    return section;
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
    Node telemetry;
    telemetry.add("admin", tcp_listener(values_, "admin-bind-address", "admin-port"));
    telemetry.add("health", tcp_listener(values_, "health-bind-address", "health-port"));
    telemetry.add("log", log_section(values_));
    return telemetry;
  }

  const FlagValues& values_;
  Problems& problems_;
};

}  // namespace

Profile server_profile(std::span<const std::string> arguments, Problems& problems) {
  return make_profile(
      kFlags, arguments,
      [](const FlagValues& values, Problems& found) { return ServerDocument(values, found).document(); }, problems);
}

std::string server_help() {
  return profile_help("konduit server [flags]: takes what the reference's proxy-server takes", kFlags);
}

}  // namespace konduit::flags
