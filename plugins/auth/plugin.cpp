#include "konduit/plugin.hpp"
#include "auth/mtls.hpp"
#include "auth/static_token.hpp"
#include "auth/token_review.hpp"

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

constexpr Field kStaticTokenFields[] = {
    {.name = "name", .summary = "Who shows the token", .required = true},
    {.name = "file", .type = Type::path, .summary = "Holds the token; read again when it changes", .required = true},
};

constexpr Field kStaticFields[] = {
    {.name = "tokens",
     .type = Type::list,
     .summary = "The tokens that are let in",
     .required = true,
     .element = Type::object,
     .fields = kStaticTokenFields,
     .field_count = 2},
};

constexpr const char* kStaticExample = R"(tokens: [{name: edge-agents, file: /etc/konduit/edge.token}]
)";

constexpr Field kReviewFields[] = {
    {.name = "namespace", .summary = "The namespace of the service account that is let in", .required = true},
    {.name = "service_account", .summary = "The service account that is let in", .required = true},
    {.name = "audience", .summary = "The audience that tokens must be for"},
    {.name = "audiences",
     .type = Type::list,
     .summary = "More audiences, of which a token must be for one",
     .element = Type::text},
    {.name = "kubeconfig",
     .type = Type::path,
     .summary = "How to reach the API server; without it as a pod of the cluster does"},
    {.name = "via",
     .type = Type::reference,
     .summary = "A backend to reach the API server through",
     .detail = "backend"},
    {.name = "timeout",
     .type = Type::duration,
     .summary = "How long a peer waits for its review",
     .default_value = "8s",
     .detail = "100ms.."},
    {.name = "cache",
     .type = Type::duration,
     .summary = "How long an admission is believed; never past the token's end",
     .default_value = "60s",
     .detail = "0s.."},
    {.name = "cache_refused",
     .type = Type::duration,
     .summary = "How long a refusal is believed",
     .default_value = "10s",
     .detail = "0s.."},
    {.name = "cache_size",
     .type = Type::integer,
     .summary = "Verdicts that are kept at the most",
     .default_value = "16384",
     .detail = "1..1048576"},
    {.name = "qps", .summary = "Requests to the API server in a second", .default_value = "50"},
    {.name = "burst",
     .type = Type::integer,
     .summary = "Requests at once after a pause",
     .default_value = "100",
     .detail = "1..100000"},
};

constexpr const char* kReviewExample = R"(namespace: kube-system
service_account: konnectivity-agent
audience: system:konnectivity-server
kubeconfig: /etc/kubernetes/konnectivity-server.conf
)";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::auth::Mtls>("mtls", "Lets peers in by the certificate that TLS verified", kMtlsFields,
                                           kMtlsExample),
    konduit::describe<konduit::auth::TokenReview>("token-review",
                                                  "Lets a service account in by a token that the API server reviews",
                                                  kReviewFields, kReviewExample),
    konduit::describe<konduit::auth::StaticToken>("static-token", "Lets peers in by tokens that stand in files",
                                                  kStaticFields, kStaticExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
