#include "chaos/documents.hpp"

namespace konduit::chaos {

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

}  // namespace

std::string text_of(const ServerDocument& document) {
  const std::string text = R"(apiVersion: konduit/v1
frontends:
  http-connect/door: {listen: {url: "uds://@FOLDER@/door.sock", mode: "0770"}}
  grpc/door: {listen: {url: "uds://@FOLDER@/grpc.sock", mode: "0770"}}
selectors: {any/any: {}}
backends:
  agents/main:
    listen: {url: "tcp://@LISTEN@", tls: {cert: @FOLDER@/server.crt, key: @FOLDER@/server.key, client_ca: @FOLDER@/ca.crt}}
    selectors: [any/any]
    server_id: chaos
pipelines:
  main: {frontends: [http-connect/door, grpc/door], backend: agents/main}
telemetry:
  health: {listen: {url: "uds://@FOLDER@/server.sock"}}
)";
  return replaced(replaced(text, "@FOLDER@", document.folder), "@LISTEN@", document.listen);
}

std::string text_of(const AgentDocument& document) {
  const std::string text = R"(apiVersion: konduit/v1
discovery:
  static/servers: {servers: ["@SERVER@"]}
  headers/count: {}
frontends:
  uplink/server:
    servers: static/servers
    count: headers/count
    agent_id: @NAME@
    tls: {ca: @FOLDER@/ca.crt, cert: @FOLDER@/@NAME@.crt, key: @FOLDER@/@NAME@.key}
backends:
  direct/node: {dial_timeout: 5s}
pipelines:
  serve: {frontends: [uplink/server], backend: direct/node}
telemetry:
  health: {listen: {url: "uds://@FOLDER@/@NAME@.sock"}}
)";
  return replaced(replaced(replaced(text, "@FOLDER@", document.folder), "@NAME@", document.name), "@SERVER@",
                  document.server);
}

}  // namespace konduit::chaos
