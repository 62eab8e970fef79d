#include "konduit/plugin.hpp"
#include "filters/acl.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kAclFields[] = {
    {.name = "deny",
     .type = Type::list,
     .summary =
         "Targets that are denied: a network, address, name, *.suffix or *, each with :port or :from-to if wanted",
     .element = Type::text},
    {.name = "allow",
     .type = Type::list,
     .summary = "Targets that are allowed, and then nothing else is; deny wins over it",
     .element = Type::text},
};

constexpr const char* kAclExample = R"(deny: ["169.254.0.0/16", "*.internal", "*:22"]
allow: ["10.0.0.0/8", "[fd00::/8]:443", "*.example.com:8000-8999"]
)";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::filters::Acl>(
        "acl", "Denies dials by address, name and port, before and after resolution", kAclFields, kAclExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
