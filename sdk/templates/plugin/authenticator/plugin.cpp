#include <konduit/plugin.hpp>

#include "my_plugin.hpp"

namespace {

using konduit::config::Field;
using konduit::config::Type;

constexpr Field kFields[] = {
    {.name = "tokens",
     .type = Type::map,
     .summary = "Who is let in: a name, and the token that proves it.",
     .required = true,
     .secret = true,
     .element = Type::text},
};

constexpr const char* kExample = "tokens: {alice: \"a long random word\"}\n";

constexpr konduit::ComponentDescriptor kComponents[] = {
    konduit::describe<my_plugin_plugin::MyPlugin>("my-plugin", "Lets peers in by tokens of the document", kFields,
                                                  kExample, konduit::Stability::experimental),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
