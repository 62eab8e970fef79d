#include <iterator>

#include "konduit/plugin.hpp"

#include "lb-discovery/any_selector.hpp"
#include "lb-discovery/cidr_selector.hpp"
#include "lb-discovery/default_route_selector.hpp"
#include "lb-discovery/dest_host_selector.hpp"
#include "lb-discovery/dns_discovery.hpp"
#include "lb-discovery/fixed_discovery.hpp"
#include "lb-discovery/headers_discovery.hpp"
#include "lb-discovery/lease_discovery.hpp"
#include "lb-discovery/lease_registrar.hpp"
#include "lb-discovery/least_loaded_selector.hpp"
#include "lb-discovery/max_discovery.hpp"
#include "lb-discovery/static_discovery.hpp"
#include "lb-discovery/zone_selector.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kStaticFields[] = {
    {.name = "servers",
     .type = Type::list,
     .summary = "Servers as host, host:port, [v6]:port or a url with a scheme",
     .required = true,
     .element = Type::text},
    {.name = "default_port",
     .type = Type::integer,
     .summary = "Port of servers that are written without one",
     .default_value = "8091",
     .detail = "1..65535"},
};

constexpr const char* kStaticExample = R"(servers: ["konnectivity.example:8091"]
)";

constexpr Field kDnsFields[] = {
    {.name = "servers",
     .type = Type::list,
     .summary = "Names as host or host:port, each of whose addresses is a server",
     .required = true,
     .element = Type::text},
    {.name = "default_port",
     .type = Type::integer,
     .summary = "Port of names that are written without one",
     .default_value = "8091",
     .detail = "1..65535"},
    {.name = "interval",
     .type = Type::duration,
     .summary = "How often the names are looked up anew",
     .default_value = "30s",
     .detail = "1s.."},
};

constexpr const char* kDnsExample = R"(servers: ["konnectivity.kube-system.svc:8091"]
interval: 30s
)";

constexpr Field kFixedFields[] = {
    {.name = "count",
     .type = Type::integer,
     .summary = "How many servers there are",
     .required = true,
     .detail = "1..100000"},
};

constexpr Field kMaxFields[] = {
    {.name = "of",
     .type = Type::list,
     .summary = "Discoveries that know a count; those that do not know one yet do not matter",
     .required = true,
     .detail = "discovery",
     .element = Type::reference},
};

constexpr Field kKubeconfig = {.name = "kubeconfig",
                               .type = Type::path,
                               .summary = "How to reach the API server; without it as a pod of the cluster does"};
constexpr Field kVia = {.name = "via",
                        .type = Type::reference,
                        .summary = "A backend to reach the API server through",
                        .detail = "backend"};

constexpr Field kLeaseFields[] = {
    {.name = "namespace", .type = Type::text, .summary = "Where the leases are", .default_value = "kube-system"},
    {.name = "labels",
     .type = Type::text,
     .summary = "Which leases are the servers', as a label selector; empty: all of the namespace",
     .default_value = "k8s-app=konnectivity-server"},
    kKubeconfig,
    kVia,
};

constexpr const char* kLeaseExample = R"(namespace: kube-system
labels: "k8s-app=konnectivity-server"
)";

constexpr Field kRegistrarFields[] = {
    {.name = "namespace",
     .type = Type::text,
     .summary = "Where the lease is published",
     .default_value = "kube-system"},
    {.name = "labels",
     .type = Type::text,
     .summary =
         "The lease's labels as KEY=VALUE,KEY=VALUE; others with the same ones are collected when they have ended",
     .default_value = "k8s-app=konnectivity-server"},
    kKubeconfig,
    kVia,
    {.name = "duration",
     .type = Type::duration,
     .summary = "How long a lease holds that is not renewed, in full seconds",
     .default_value = "30s",
     .detail = "1s..24h"},
    {.name = "renew",
     .type = Type::duration,
     .summary = "How often it is renewed",
     .default_value = "15s",
     .detail = "10ms.."},
    {.name = "collect",
     .type = Type::duration,
     .summary = "How often leases that have ended are looked for",
     .default_value = "15s",
     .detail = "10ms.."},
};

constexpr const char* kRegistrarExample = R"(namespace: kube-system
labels: "k8s-app=konnectivity-server"
kubeconfig: /etc/kubernetes/konnectivity-server.conf
)";

constexpr Field kZoneOfNetworksFields[] = {
    {.name = "zone", .type = Type::text, .summary = "The zone", .required = true},
    {.name = "networks",
     .type = Type::list,
     .summary = "of agents that connect from one of these networks",
     .required = true,
     .element = Type::text},
};

constexpr Field kZoneFields[] = {
    {.name = "zone",
     .type = Type::text,
     .summary = "Whose agents are wanted, where a dial's attribute zone does not say another; empty: only those dials",
     .default_value = "\"\""},
    {.name = "agents",
     .type = Type::list,
     .summary = "Where agents are that do not say it by their identifier zone; the first that holds the address",
     .default_value = "[]",
     .element = Type::object,
     .fields = kZoneOfNetworksFields,
     .field_count = std::size(kZoneOfNetworksFields)},
};

constexpr const char* kZoneExample = R"(zone: eu-west-1a
agents:
  - {zone: eu-west-1a, networks: ["10.1.0.0/16"]}
  - {zone: eu-west-1b, networks: ["10.2.0.0/16"]}
)";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::lb::AnySelector>("any", "Picks a connected agent at random", "{}\n"),
    konduit::describe<konduit::lb::DestHostSelector>("dest-host", "Picks an agent that is the host that is dialled",
                                                     "{}\n"),
    konduit::describe<konduit::lb::DefaultRouteSelector>("default-route",
                                                         "Picks one of the agents that offer a default route", "{}\n"),
    konduit::describe<konduit::lb::CidrSelector>("cidr", "Picks an agent that serves the network that is dialled",
                                                 "{}\n"),
    konduit::describe<konduit::lb::LeastLoadedSelector>("least-loaded", "Picks the agent with the fewest tunnels",
                                                        "{}\n"),
    konduit::describe<konduit::lb::ZoneSelector>("zone", "Picks an agent of the zone that is wanted", kZoneFields,
                                                 kZoneExample),
    konduit::describe<konduit::lb::StaticDiscovery>("static", "Servers that the document names", kStaticFields,
                                                    kStaticExample),
    konduit::describe<konduit::lb::DnsDiscovery>("dns", "Servers by the addresses of names", kDnsFields, kDnsExample),
    konduit::describe<konduit::lb::HeadersDiscovery>("headers",
                                                     "The number of servers, as connected servers announce it", "{}\n"),
    konduit::describe<konduit::lb::LeaseDiscovery>("lease", "The number of servers, by the leases that they publish",
                                                   kLeaseFields, kLeaseExample),
    konduit::describe<konduit::lb::MaxDiscovery>("max", "The largest number of servers that several discoveries know",
                                                 kMaxFields, "of: [headers/count, lease/count]\n"),
    konduit::describe<konduit::lb::FixedDiscovery>("fixed", "A number of servers that the document names", kFixedFields,
                                                   "count: 3\n"),
    konduit::describe<konduit::lb::LeaseRegistrar>("lease", "Publishes a Lease of this server in Kubernetes",
                                                   kRegistrarFields, kRegistrarExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
