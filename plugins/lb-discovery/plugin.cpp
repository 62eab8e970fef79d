#include "konduit/plugin.hpp"
#include "lb-discovery/any_selector.hpp"
#include "lb-discovery/cidr_selector.hpp"
#include "lb-discovery/default_route_selector.hpp"
#include "lb-discovery/dest_host_selector.hpp"
#include "lb-discovery/headers_discovery.hpp"
#include "lb-discovery/static_discovery.hpp"

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

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::lb::AnySelector>("any", "Picks a connected agent at random", "{}\n"),
    konduit::describe<konduit::lb::DestHostSelector>("dest-host", "Picks an agent that is the host that is dialled",
                                                     "{}\n"),
    konduit::describe<konduit::lb::DefaultRouteSelector>("default-route",
                                                         "Picks one of the agents that offer a default route", "{}\n"),
    konduit::describe<konduit::lb::CidrSelector>("cidr", "Picks an agent that serves the network that is dialled",
                                                 "{}\n"),
    konduit::describe<konduit::lb::StaticDiscovery>("static", "Servers that the document names", kStaticFields,
                                                    kStaticExample),
    konduit::describe<konduit::lb::HeadersDiscovery>("headers",
                                                     "The number of servers, as connected servers announce it", "{}\n"),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
