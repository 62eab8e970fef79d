#include <konduit/plugin.hpp>

#include "my_plugin.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kFields[] = {
    {.name = "file",
     .type = Type::path,
     .summary = "The servers' urls, one a line; what follows a # is a remark. It is read again when it changes.",
     .required = true},
};

constexpr const char* kExample = "file: /etc/konduit/servers.txt\n";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<my_plugin_plugin::MyPlugin>("my-plugin", "Servers by a file of urls", kFields, kExample,
                                                  konduit::Stability::experimental),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
