#include <konduit/plugin.hpp>

#include "my_plugin.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

// What a listening endpoint may say beside its url and its TLS.
constexpr Field kFields[] = {
    {.name = "backlog",
     .type = Type::integer,
     .summary = "How many connections may wait to be accepted.",
     .default_value = "128",
     .detail = "1..4096"},
};

constexpr const char* kExample = "{url: \"my-plugin://inner\", backlog: 128}";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<my_plugin_plugin::MyPlugin>("my-plugin",
                                                  "Unix sockets with abstract names, under my-plugin://NAME", kFields,
                                                  kExample, konduit::Stability::experimental),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
