#include <iterator>

#include "konduit/plugin.hpp"

#include "filters/acl.hpp"
#include "filters/audit.hpp"
#include "filters/limits.hpp"

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

constexpr Field kAuditFields[] = {
    {.name = "file",
     .type = Type::path,
     .summary = "Where lines are appended; opened anew when it has been rotated away; by default standard error"},
    {.name = "queue",
     .type = Type::integer,
     .summary = "Lines that may wait for a slow or full disk; what comes beyond is dropped, counted and said",
     .default_value = "10000",
     .detail = "1..10000000"},
};

constexpr const char* kAuditExample = R"(file: /var/log/konduit/audit.jsonl
)";

constexpr Field kDialRateFields[] = {
    {.name = "count", .type = Type::integer, .summary = "Dials", .required = true, .detail = "1..1000000"},
    {.name = "every", .type = Type::duration, .summary = "in so long a time", .default_value = "1s", .detail = "1ms.."},
    {.name = "burst",
     .type = Type::integer,
     .summary = "Dials at once after a rest; by default as many as count",
     .detail = "1..1000000"},
};

constexpr Field kByteRateFields[] = {
    {.name = "per_second", .type = Type::size, .summary = "Bytes in a second", .required = true, .detail = "1KiB.."},
    {.name = "burst",
     .type = Type::size,
     .summary = "Bytes at once after a rest; by default those of a second",
     .detail = "1KiB.."},
};

constexpr Field kLimitsFields[] = {
    {.name = "scope",
     .type = Type::choice,
     .summary = "What has limits of its own: the process, each client (its identity, else its host), each target host",
     .default_value = "process",
     .detail = "process|peer|target"},
    {.name = "dials",
     .type = Type::object,
     .summary = "How often may be dialled",
     .fields = kDialRateFields,
     .field_count = std::size(kDialRateFields)},
    {.name = "tunnels",
     .type = Type::integer,
     .summary = "Tunnels at a time, dials under way included",
     .detail = "1..10000000"},
    {.name = "to_target",
     .type = Type::object,
     .summary = "How fast all its tunnels together carry bytes from clients to targets",
     .fields = kByteRateFields,
     .field_count = std::size(kByteRateFields)},
    {.name = "to_client",
     .type = Type::object,
     .summary = "The same from targets to clients",
     .fields = kByteRateFields,
     .field_count = std::size(kByteRateFields)},
};

constexpr const char* kLimitsExample = R"(scope: peer
dials: {count: 20, every: 1s, burst: 40}
tunnels: 200
to_target: {per_second: 8MiB}
to_client: {per_second: 32MiB, burst: 64MiB}
)";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<konduit::filters::Acl>(
        "acl", "Denies dials by address, name and port, before and after resolution", kAclFields, kAclExample),
    konduit::describe<konduit::filters::Audit>(
        "audit", "Writes a line of JSON for every tunnel and for every dial that came to nothing", kAuditFields,
        kAuditExample),
    konduit::describe<konduit::filters::Limits>(
        "limits", "Refuses dials beyond a rate or a number of tunnels, and slows tunnels down", kLimitsFields,
        kLimitsExample),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
