#include <konduit/plugin.hpp>

#include "my_plugin.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kFields[] = {
    {.name = "url", .summary = "Where every dial leads, as in \"tcp://upstream.example:9000\".", .required = true},
    {.name = "tls", .type = Type::tls_client, .summary = "TLS on the way there; without it the connection is plain."},
    {.name = "via", .type = Type::reference, .summary = "A backend to connect through.", .detail = "backend"},
    {.name = "dial_timeout",
     .type = Type::duration,
     .summary = "How long connecting may take.",
     .default_value = "10s",
     .detail = "1ms.."},
};

constexpr const char* kExample = "url: \"tcp://upstream.example:9000\"\n";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<my_plugin_plugin::MyPlugin>("my-plugin", "Leads every dial to one place", kFields, kExample,
                                                  konduit::Stability::experimental),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
