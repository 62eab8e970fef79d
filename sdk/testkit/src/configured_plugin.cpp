// Apart from configured.cpp: only programs that have a plugin linked in may refer to its entry point.
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "konduit/testkit/configured.hpp"

extern "C" const konduit::PluginDescriptor* konduit_plugin();

namespace konduit::testkit {

config::Node configured(std::string_view type, std::vector<config::Node::Entry> given) {
  const PluginDescriptor& plugin = *konduit_plugin();
  for (const auto& component : std::span(plugin.components, plugin.component_count)) {
    if (component.name == type) return configured(component.schema, std::move(given));
  }
  throw std::invalid_argument("the plugin brings no " + std::string(type));
}

}  // namespace konduit::testkit
