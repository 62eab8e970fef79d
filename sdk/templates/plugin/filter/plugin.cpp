#include <konduit/plugin.hpp>

#include "my_plugin.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kFields[] = {
    {.name = "deny_ports",
     .type = Type::list,
     .summary = "Ports that nobody may dial.",
     .default_value = "[25]",
     .detail = "1..65535",
     .element = Type::integer},
};

constexpr const char* kExample = "deny_ports: [22, 25]\n";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<my_plugin_plugin::MyPlugin>("my-plugin", "Denies dials by port", kFields, kExample,
                                                  konduit::Stability::experimental),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
