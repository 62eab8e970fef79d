#pragma once

#include <string>
#include <vector>

#include "konduit/config.hpp"

/// Validated configuration as the components get it.
namespace konduit::transport_grpc::nodes {

using config::Node;

inline Node text(std::string value) { return Node::scalar(std::move(value)); }
inline Node texts(const std::vector<std::string>& values) {
  std::vector<Node> items;
  for (const std::string& value : values) items.push_back(text(value));
  return Node::list(std::move(items));
}
inline Node map(std::vector<std::pair<std::string, Node>> fields) {
  Node node = Node::map({});
  for (auto& [key, value] : fields) node.add(key, std::move(value));
  return node;
}

inline Node proxy(std::string url = "tcp://server") {
  return map(
      {{"listen", map({{"url", text(std::move(url))}})}, {"dial_timeout", text("30s")}, {"keepalive", text("0s")}});
}

inline Node agents(std::string url = "tcp://agents", std::string authenticator = {},
                   std::string tunnels_per_agent = "1000", std::string await_agents = "0s") {
  Node node = map({{"listen", map({{"url", text(std::move(url))}})},
                   {"allow_unauthenticated", text("true")},
                   {"selectors", texts({"first/a"})},
                   {"server_id", text("server-1")},
                   {"server_count", text("1")},
                   {"tunnels_per_agent", text(std::move(tunnels_per_agent))},
                   {"dial_timeout", text("30s")},
                   {"await_agents", text(std::move(await_agents))},
                   {"keepalive", text("0s")}});
  if (!authenticator.empty()) node.add("authenticator", text(std::move(authenticator)));
  return node;
}

inline Node uplink(std::string token_file = {}) {
  Node node = map({{"servers", text("fixed/servers")},
                   {"count", text("fixed/servers")},
                   {"alpn", texts({})},
                   {"agent_id", text("agent-1")},
                   {"identifiers", map({{"ipv4", texts({"10.0.0.1"})},
                                        {"ipv6", texts({"fd00::1"})},
                                        {"host", texts({})},
                                        {"cidr", texts({})},
                                        {"default-route", text("true")}})},
                   {"sync", map({{"interval", text("1s")}, {"cap", text("10s")}, {"look", text("10m")}})},
                   {"keepalive", text("0s")}});
  if (!token_file.empty()) node.add("token_file", text(std::move(token_file)));
  return node;
}

inline Node upstream(std::string connections = "2", std::string tunnels_per_connection = "2") {
  return map({{"url", text("tcp://server")},
              {"connections", text(std::move(connections))},
              {"tunnels_per_connection", text(std::move(tunnels_per_connection))},
              {"dial_timeout", text("30s")},
              {"idle_timeout", text("1m")},
              {"keepalive", text("0s")}});
}

}  // namespace konduit::transport_grpc::nodes
