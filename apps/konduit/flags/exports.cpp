#include "flags/exports.hpp"

#include <string_view>
#include <vector>

#include "flags/flag_set.hpp"
#include "flags/rules.hpp"

namespace konduit::flags {
namespace {

using config::Node;

/// What a source says, each list with commas between its items.
struct Source {
  const char* family;
  const char* where = "";
  const char* keep = "";
  const char* set = "";
};

struct Export {
  const char* name;  ///< Behind the program's prefix.
  const char* type;
  const char* help;
  std::vector<Source> sources;
};

// Descriptions are the reference's to the letter, slips included: tools compare them.
const std::vector<Export>& of_server() {
  static const std::vector<Export> exports{
      {"connection_duration_seconds",
       "histogram",
       "Duration in seconds a proxied end-to-end connection was established (post-dial) before being closed.",
       {{"konduit_tunnel_duration_seconds"}}},
      {"culled_leases_count",
       "counter",
       "Count of expired leases that the lease garbage collection controller has culled.",
       {{"konduit_lease_collected_total"}}},
      {"dial_duration_seconds",
       "histogram",
       "Latency of dial to the remote endpoint in seconds",
       {{"konduit_agent_dial_seconds"}}},
      {"dial_failure_count",
       "counter",
       "Number of dial failures observed. Multiple failures can occur for a single dial request.",
       {{"konduit_agent_dial_failures_total", "", "reason"}}},
      {"established_connections",
       "gauge",
       "Current number of established end-to-end connections (post-dial).",
       {{"konduit_tunnels"}}},
      {"frontend_write_duration_seconds",
       "histogram",
       "Latency of write to the frontend in seconds",
       {{"konduit_grpc_write_wait_seconds", "component=grpc/kas"}, {"konduit_http_connect_write_wait_seconds"}}},
      {"full_receive_channels",
       "gauge",
       "Number of current connections blocked by a full receive channel, partitioned by service method.",
       {{"konduit_grpc_tunnels_held", "component=grpc/kas", "", "service_method=Proxy"},
        {"konduit_grpc_tunnels_held", "component=agents/cluster", "", "service_method=Connect"}}},
      {"grpc_connections",
       "gauge",
       "Number of current grpc connections, partitioned by service method.",
       {{"konduit_grpc_client_streams", "", "", "service_method=Proxy"},
        {"konduit_agents_connected", "", "", "service_method=Connect"}}},
      {"http_connections", "gauge", "Number of current HTTP CONNECT connections", {{"konduit_frontend_connections"}}},
      {"lease_delete_latency_seconds",
       "histogram",
       "Latency of lease deletion calls by the garbage collection controller in seconds.",
       {{"konduit_lease_registrar_request_seconds", "verb=delete", "code=http_status_code"}}},
      {"lease_delete_total",
       "counter",
       "Count of lease delection calls by the garbage collection controller. Labeled by HTTP status code and reason.",
       {{"konduit_lease_registrar_requests_total", "verb=delete", "code=http_status_code,reason"}}},
      {"lease_list_latency_seconds",
       "histogram",
       "Latency of lease list calls by the garbage collection controller in seconds.",
       {{"konduit_lease_registrar_request_seconds", "verb=list", "code=http_status_code"}}},
      {"lease_list_total",
       "counter",
       "Count of lease deletion calls by the garbage collection controller. Labeled by HTTP status code and reason.",
       {{"konduit_lease_registrar_requests_total", "verb=list", "code=http_status_code,reason"}}},
      {"pending_backend_dials",
       "gauge",
       "Current number of pending backend dial requests",
       {{"konduit_agent_dials_pending"}}},
      {"ready_backend_connections",
       "gauge",
       "Number of konnectivity agent connected to the proxy server. DEPRECATED, please use ready_backends",
       {{"konduit_agents_connected"}}},
      {"stream_errors_total",
       "counter",
       "Count of gRPC stream errors, by segment, grpc Code, packet type. (example: from_agent, Code.Unavailable, "
       "DIAL_RSP)",
       {{"konduit_grpc_stream_errors_total", "component=grpc/kas", "code,packet_type", "segment=from_client"},
        {"konduit_grpc_stream_errors_total", "component=agents/cluster", "code,packet_type", "segment=from_agent"}}},
      {"stream_packets_total",
       "counter",
       "Count of packets processed, by segment and packet type (example: from_client, DIAL_REQ)",
       {{"konduit_grpc_packets_total", "component=grpc/kas,direction=received", "packet_type", "segment=from_client"},
        {"konduit_grpc_packets_total", "component=grpc/kas,direction=sent", "packet_type", "segment=to_client"},
        {"konduit_grpc_packets_total", "component=agents/cluster,direction=received", "packet_type",
         "segment=from_agent"},
        {"konduit_grpc_packets_total", "component=agents/cluster,direction=sent", "packet_type", "segment=to_agent"}}},
  };
  return exports;
}

const std::vector<Export>& of_agent() {
  static const std::vector<Export> exports{
      {"dial_duration_seconds",
       "histogram",
       "Latency of dial to the remote endpoint in seconds",
       {{"konduit_direct_dial_seconds"}}},
      {"endpoint_dial_failure_total",
       "counter",
       "Number of failures dialing the remote endpoint, by reason (example: timeout).",
       {{"konduit_direct_dials_total", "result=timeout", "", "reason=timeout"},
        {"konduit_direct_dials_total", "result=refused", "", "reason=unknown"},
        {"konduit_direct_dials_total", "result=unresolvable", "", "reason=unknown"},
        {"konduit_direct_dials_total", "result=no_route", "", "reason=unknown"},
        {"konduit_direct_dials_total", "result=denied", "", "reason=unknown"},
        {"konduit_direct_dials_total", "result=overloaded", "", "reason=unknown"}}},
      {"known_server_count",
       "gauge",
       "Current number of servers agent is trying to connect to.",
       {{"konduit_uplink_servers_wanted"}}},
      {"lease_list_latency_seconds",
       "histogram",
       "Latency of server lease listing in seconds",
       {{"konduit_lease_discovery_list_seconds", "", "code=http_response_code"}}},
      {"lease_lists_total",
       "counter",
       "Count of server lease list calls made by the agent to the k8s apiserver, labeled by HTTP response code and "
       "reason",
       {{"konduit_lease_discovery_requests_total", "verb=list", "code=http_response_code,reason"}}},
      {"lease_watches_total",
       "counter",
       "Count of server lease watch calls made by the agent to the k8s apiserver, labeled by HTTP response code and "
       "reason",
       {{"konduit_lease_discovery_requests_total", "verb=watch", "code=http_response_code,reason"}}},
      {"open_endpoint_connections", "gauge", "Current number of open endpoint connections.", {{"konduit_tunnels"}}},
      {"open_server_connections", "gauge", "Current number of open server connections.", {{"konduit_uplink_servers"}}},
      {"server_connection_failure_count",
       "counter",
       "Count of failures to send to or receive from the proxy server, labeled by the direction (from_server or "
       "to_server). DEPRECATED, please use stream_events_error_total",
       {{"konduit_grpc_stream_errors_total", "direction=received", "", "direction=from_server"},
        {"konduit_grpc_stream_errors_total", "direction=sent", "", "direction=to_server"}}},
      {"stream_errors_total",
       "counter",
       "Count of gRPC stream errors, by segment, grpc Code, packet type. (example: from_agent, Code.Unavailable, "
       "DIAL_RSP)",
       {{"konduit_grpc_stream_errors_total", "direction=received", "code,packet_type", "segment=to_agent"}}},
      {"stream_packets_total",
       "counter",
       "Count of packets processed, by segment and packet type (example: from_client, DIAL_REQ)",
       {{"konduit_grpc_packets_total", "direction=sent", "packet_type", "segment=from_agent"},
        {"konduit_grpc_packets_total", "direction=received", "packet_type", "segment=to_agent"}}},
  };
  return exports;
}

void add_list(Node& source, const char* key, std::string_view items) {
  Node list;
  for (std::string& item : split_list(items)) list.add(fixed(std::move(item)));
  if (list) source.add(key, std::move(list));
}

Node source_node(const Source& source) {
  Node node;
  node.add("family", fixed(source.family));
  add_list(node, "where", source.where);
  add_list(node, "keep", source.keep);
  add_list(node, "set", source.set);
  return node;
}

Node export_node(const std::string& name, const char* type, const char* help, Node from) {
  Node node;
  node.add("name", fixed(name));
  node.add("type", fixed(type));
  node.add("help", fixed(help));
  node.add("from", std::move(from));
  return node;
}

Node export_list(std::string_view prefix, const std::vector<Export>& exports) {
  Node list;
  for (const Export& wanted : exports) {
    Node from;
    for (const Source& source : wanted.sources) from.add(source_node(source));
    list.add(export_node(std::string(prefix) + wanted.name, wanted.type, wanted.help, std::move(from)));
  }
  return list;
}

}  // namespace

Node server_exports(std::span<const std::pair<std::string, std::string>> strategies) {
  constexpr std::string_view kPrefix = "konnectivity_network_proxy_server_";
  Node list = export_list(kPrefix, of_server());
  Node from;
  for (const auto& [word, id] : strategies) {
    const std::string where = "selector=" + id;
    const std::string set = "proxy_strategy=" + word;
    from.add(source_node({"konduit_agents_pickable", where.c_str(), "", set.c_str()}));
  }
  list.add(export_node(std::string(kPrefix) + "ready_backends", "gauge",
                       "Number of konnectivity agent connected to the proxy server", std::move(from)));
  return list;
}

Node agent_exports() { return export_list("konnectivity_network_proxy_agent_", of_agent()); }

}  // namespace konduit::flags
