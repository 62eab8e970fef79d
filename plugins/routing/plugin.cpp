#include <iterator>

#include "konduit/plugin.hpp"

#include "routing/route.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kRuleFields[] = {
    {.name = "targets",
     .type = Type::list,
     .summary = "Dials to one of these: a network, address, name, *.suffix or *, each with :port or :from-to if wanted",
     .default_value = "[]",
     .element = Type::text},
    {.name = "frontends",
     .type = Type::list,
     .summary = "Dials from one of these frontends",
     .default_value = "[]",
     .element = Type::text},
    {.name = "backends",
     .type = Type::list,
     .summary = "Where they go; the next one is asked when one cannot",
     .required = true,
     .detail = "backend",
     .element = Type::reference},
};

constexpr Field kRouteFields[] = {
    {.name = "rules",
     .type = Type::list,
     .summary = "Asked in this order; the first that matches decides",
     .default_value = "[]",
     .element = Type::object,
     .fields = kRuleFields,
     .field_count = std::size(kRuleFields)},
    {.name = "default",
     .type = Type::list,
     .summary = "Where dials go that no rule is for; without it they fail",
     .default_value = "[]",
     .detail = "backend",
     .element = Type::reference},
};

constexpr const char* kRouteExample = R"(rules:
  - {targets: ["*.east.example", "10.1.0.0/16"], backends: [agents/east, agents/west]}
  - {targets: ["*:22"], frontends: [http-connect/ops], backends: [direct/bastion]}
default: [direct/node]
)";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::routing::Route>(
        "route", "Hands each dial to another backend by its target and frontend, and to the next one if that cannot",
        kRouteFields, kRouteExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
