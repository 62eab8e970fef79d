#include "konduit/plugin.hpp"
#include "auth/mtls.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kMtlsFields[] = {
    {.name = "common_names",
     .type = Type::list,
     .summary = "Common names that are let in; *.x means every name that ends in .x",
     .element = Type::text},
    {.name = "organizations", .type = Type::list, .summary = "Organizations that are let in", .element = Type::text},
    {.name = "dns_names",
     .type = Type::list,
     .summary = "DNS alternative names that are let in; *.x means every name that ends in .x",
     .element = Type::text},
    {.name = "uris", .type = Type::list, .summary = "URI alternative names that are let in", .element = Type::text},
};

constexpr const char* kMtlsExample = R"(common_names: [kube-apiserver, "*.ops.example.com"]
organizations: ["system:masters"]
)";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::auth::Mtls>("mtls", "Lets peers in by the certificate that TLS verified", kMtlsFields,
                                           kMtlsExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
