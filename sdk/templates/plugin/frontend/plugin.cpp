#include <konduit/plugin.hpp>

#include "my_plugin.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kFields[] = {
    {.name = "listen", .type = Type::listen, .summary = "Where clients connect.", .required = true},
    {.name = "request_timeout",
     .type = Type::duration,
     .summary = "How long a client may take to say where it wants to go.",
     .default_value = "10s",
     .detail = "1ms.."},
    {.name = "dial_timeout",
     .type = Type::duration,
     .summary = "How long a client waits for its answer.",
     .default_value = "30s",
     .detail = "1ms.."},
};

constexpr const char* kExample = "listen: {url: \"tcp://127.0.0.1:8080\"}\n";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<my_plugin_plugin::MyPlugin>("my-plugin", "Accepts dials as lines that say host:port", kFields,
                                                  kExample, konduit::Stability::experimental),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
