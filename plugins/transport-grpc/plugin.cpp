#include <iterator>

#include "konduit/liveness_schema.hpp"
#include "konduit/plugin.hpp"

#include "transport-grpc/agents_backend.hpp"
#include "transport-grpc/proxy_frontend.hpp"
#include "transport-grpc/uplink_frontend.hpp"
#include "transport-grpc/upstream_backend.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kProxyFields[] = {
    {.name = "listen", .type = Type::listen, .summary = "Where clients connect", .required = true},
    {.name = "authenticator",
     .type = Type::reference,
     .summary =
         "Decides by its certificate whether a client may dial; by default every client that gets through TLS may",
     .detail = "authenticator"},
    {.name = "dial_timeout",
     .type = Type::duration,
     .summary = "How long a dial may take; stock clients wait 30 s",
     .default_value = "30s",
     .detail = "1ms.."},
    {.name = "keepalive",
     .type = Type::duration,
     .summary = "How often a client is asked by HTTP/2 PING whether it is there; 0s: never",
     .default_value = "1h",
     .detail = "0s.."},
};

constexpr const char* kProxyExample = R"(listen: {url: "uds:///run/konnectivity/server.sock"}
)";

constexpr Field kAgentsFields[] = {
    {.name = "listen", .type = Type::listen, .summary = "Where agents connect", .required = true},
    {.name = "authenticator",
     .type = Type::reference,
     .summary = "Decides by its certificate and token whether somebody is an agent",
     .detail = "authenticator"},
    {.name = "allow_unauthenticated",
     .type = Type::boolean,
     .summary = "Lets anybody be an agent, where there is neither listen.tls.client_ca nor an authenticator",
     .default_value = "false"},
    {.name = "selectors",
     .type = Type::list,
     .summary = "Who picks the agent for a dial, asked in this order",
     .required = true,
     .detail = "selector",
     .element = Type::reference},
    {.name = "server_id",
     .type = Type::text,
     .summary = "The name by which agents tell servers apart; empty: a random one",
     .default_value = "\"\""},
    {.name = "server_count",
     .type = Type::integer,
     .summary = "How many servers there are, as agents are told",
     .default_value = "1",
     .detail = "1..100000"},
    {.name = "registrar",
     .type = Type::reference,
     .summary = "Makes this server known to agents that count servers",
     .detail = "registrar"},
    {.name = "tunnels_per_agent",
     .type = Type::integer,
     .summary =
         "Tunnels and pending dials of one agent; beyond, others are asked, and then the dial is refused as overload",
     .default_value = "10000",
     .detail = "1..1000000"},
    {.name = "dial_timeout",
     .type = Type::duration,
     .summary = "How long an agent may take to answer a dial, where the client does not give up earlier",
     .default_value = "30s",
     .detail = "1ms.."},
    {.name = "await_agents",
     .type = Type::duration,
     .summary =
         "How long after the start a dial waits for agents that are on their way back to a server; 0s: not at all",
     .default_value = "3s",
     .detail = "0s..1m"},
    {.name = "keepalive",
     .type = Type::duration,
     .summary = "How often an agent is asked by HTTP/2 PING whether it is there; 0s: never",
     .default_value = "1h",
     .detail = "0s.."},
    {.name = "liveness",
     .type = Type::object,
     .summary = "How soon the transport notices that an agent has vanished",
     .default_value = "{}",
     .fields = konduit::config::kLivenessFields,
     .field_count = std::size(konduit::config::kLivenessFields)},
};

constexpr const char* kAgentsExample = R"(listen:
  url: "tcp://0.0.0.0:8091"
  tls: {cert: server.crt, key: server.key, client_ca: agents-ca.crt}
selectors: [any/a]
server_count: 3
)";

constexpr Field kSyncFields[] = {
    {.name = "interval",
     .type = Type::duration,
     .summary = "Pause between attempts to find a server that is missing",
     .default_value = "1s",
     .detail = "1ms.."},
    {.name = "cap",
     .type = Type::duration,
     .summary = "What that pause grows to while attempts fail, or find only servers that are connected",
     .default_value = "10s",
     .detail = "1ms.."},
    {.name = "look",
     .type = Type::duration,
     .summary =
         "How often a server is looked for that nobody counts, when all are connected; up to half of it more; 0s: never",
     .default_value = "10m",
     .detail = "0s.."},
};

constexpr Field kIdentifierFields[] = {
    {.name = "ipv4",
     .type = Type::list,
     .summary = "IPv4 addresses that this agent serves",
     .default_value = "[]",
     .element = Type::text},
    {.name = "ipv6",
     .type = Type::list,
     .summary = "IPv6 addresses that this agent serves",
     .default_value = "[]",
     .element = Type::text},
    {.name = "host",
     .type = Type::list,
     .summary = "Host names that this agent serves",
     .default_value = "[]",
     .element = Type::text},
    {.name = "cidr",
     .type = Type::list,
     .summary = "Networks that this agent serves",
     .default_value = "[]",
     .element = Type::text},
    {.name = "default-route",
     .type = Type::boolean,
     .summary = "This agent serves what no other is named for",
     .default_value = "false"},
    {.name = "zone",
     .type = Type::text,
     .summary = "Where this agent is; servers that do not know the identifier ignore it",
     .default_value = "\"\""},
};

constexpr Field kUplinkFields[] = {
    {.name = "servers",
     .type = Type::reference,
     .summary = "Where the servers are",
     .required = true,
     .detail = "discovery"},
    {.name = "count",
     .type = Type::reference,
     .summary = "How many different servers to connect to; by default as many as the servers say",
     .detail = "discovery"},
    {.name = "tls", .type = Type::tls_client, .summary = "TLS to the servers; without it the connection is plain"},
    {.name = "via",
     .type = Type::reference,
     .summary = "A backend through which the servers are reached",
     .detail = "backend"},
    {.name = "alpn",
     .type = Type::list,
     .summary = "ALPN names to offer before h2",
     .default_value = "[]",
     .element = Type::text},
    {.name = "token_file",
     .type = Type::path,
     .summary = "File with the bearer token that the servers ask for, read anew for every connection"},
    {.name = "agent_id",
     .type = Type::text,
     .summary = "The name of this agent; empty: a random one",
     .default_value = "\"\""},
    {.name = "identifiers",
     .type = Type::object,
     .summary = "What this agent serves, for the servers' selectors",
     .default_value = "{}",
     .fields = kIdentifierFields,
     .field_count = std::size(kIdentifierFields)},
    {.name = "sync",
     .type = Type::object,
     .summary = "The pace of finding servers",
     .default_value = "{}",
     .fields = kSyncFields,
     .field_count = std::size(kSyncFields)},
    {.name = "keepalive",
     .type = Type::duration,
     .summary = "How often a server is asked by HTTP/2 PING whether it is there, at most every 30 s; 0s: never",
     .default_value = "1h",
     .detail = "0s.."},
    {.name = "liveness",
     .type = Type::object,
     .summary = "How soon the transport notices that a server has vanished",
     .default_value = "{}",
     .fields = konduit::config::kLivenessFields,
     .field_count = std::size(konduit::config::kLivenessFields)},
};

constexpr const char* kUplinkExample = R"(servers: static/lb
count: headers/count
tls: {ca: ca.crt}
token_file: /var/run/secrets/tokens/konnectivity-agent-token
identifiers: {ipv4: ["10.0.0.1"]}
)";

constexpr Field kUpstreamFields[] = {
    {.name = "url",
     .type = Type::text,
     .summary =
         "Where the server's port for clients is: \"uds:///run/konnectivity/server.sock\", \"tcp://server:8090\"",
     .required = true},
    {.name = "tls", .type = Type::tls_client, .summary = "TLS to the server; without it the connection is plain"},
    {.name = "via",
     .type = Type::reference,
     .summary = "A backend through which the server is reached",
     .detail = "backend"},
    {.name = "connections",
     .type = Type::integer,
     .summary = "Connections of a shard that take dials, at the most; one is opened when the others are full",
     .default_value = "8",
     .detail = "1..1000"},
    {.name = "tunnels_per_connection",
     .type = Type::integer,
     .summary = "Tunnels and pending dials that share a connection, each with a stream of its own",
     .default_value = "200",
     .detail = "1..100000"},
    {.name = "dial_timeout",
     .type = Type::duration,
     .summary = "How long connecting and the server's answer may take together",
     .default_value = "30s",
     .detail = "1ms.."},
    {.name = "idle_timeout",
     .type = Type::duration,
     .summary = "How long a connection stays open without a tunnel",
     .default_value = "1m",
     .detail = "1ms.."},
    {.name = "keepalive",
     .type = Type::duration,
     .summary = "How often the server is asked by HTTP/2 PING whether it is there, at most every 5 min; 0s: never",
     .default_value = "1h",
     .detail = "0s.."},
    {.name = "liveness",
     .type = Type::object,
     .summary = "How soon the transport notices that the server has vanished",
     .default_value = "{}",
     .fields = konduit::config::kLivenessFields,
     .field_count = std::size(konduit::config::kLivenessFields)},
};

constexpr const char* kUpstreamExample = R"(url: "tcp://konnectivity.example:8090"
tls: {ca: ca.crt, cert: client.crt, key: client.key}
)";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::transport_grpc::ProxyFrontend>(
        "grpc", "Takes dials from kube-apiserver and other konnectivity clients over gRPC", kProxyFields,
        kProxyExample),
    konduit::describe<konduit::transport_grpc::AgentsBackend>("agents", "Dials through the agents that connect to it",
                                                              kAgentsFields, kAgentsExample),
    konduit::describe<konduit::transport_grpc::UplinkFrontend>(
        "uplink", "Connects to the servers as an agent and takes their dials", kUplinkFields, kUplinkExample),
    konduit::describe<konduit::transport_grpc::UpstreamBackend>(
        "grpc", "Dials through another konnectivity server, as its client", kUpstreamFields, kUpstreamExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
