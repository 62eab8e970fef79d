#include <konduit/plugin.hpp>

#include "my_plugin.hpp"

namespace {

using konduit::config::Field;

constexpr Field kFields[] = {
    {.name = "salt", .summary = "Another text gives another choice of agents.", .default_value = "konduit"},
};

constexpr const char* kExample = "salt: blue\n";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<my_plugin_plugin::MyPlugin>("my-plugin", "Picks the same agent for every dial to a host", kFields,
                                                  kExample, konduit::Stability::experimental),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
