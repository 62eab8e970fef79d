#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "konduit/testkit/configured.hpp"

/// Of the plugin that is linked in. Weak: a program may take something else of this file, and have no plugin.
extern "C" __attribute__((weak)) const konduit::PluginDescriptor* konduit_plugin();

namespace konduit::testkit {

config::Node configured(std::string_view type, std::vector<config::Node::Entry> given) {
  if (konduit_plugin == nullptr) throw std::invalid_argument("no plugin is linked into this program");
  const PluginDescriptor& plugin = *konduit_plugin();
  for (const auto& component : std::span(plugin.components, plugin.component_count)) {
    if (component.name == type) return configured(component.schema, std::move(given));
  }
  throw std::invalid_argument("the plugin brings no " + std::string(type));
}

}  // namespace konduit::testkit
