#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "konduit/component.hpp"
#include "konduit/plugin.hpp"

namespace konduit::config {

/// What the loaded plugins bring: the part of the loader that a document is checked against.
class ComponentCatalog {
 public:
  /// Null if no loaded plugin brings it. The descriptor lives as long as the process.
  virtual const ComponentDescriptor* find(ComponentKind kind, std::string_view type) const = 0;
  /// The types of a kind, sorted.
  virtual std::vector<std::string_view> types(ComponentKind kind) const = 0;
  /// The name of the plugin that brings it, for messages; empty if not known.
  virtual std::string_view plugin(ComponentKind kind, std::string_view type) const = 0;

 protected:
  ~ComponentCatalog() = default;
};

/// Judges urls of a scheme: Transport::check of the process's transports.
class UrlCheck {
 public:
  /// What is wrong with `url`, empty if nothing. `scheme` is the name of a transport in the catalog.
  virtual std::string check(std::string_view scheme, const std::string& url) const = 0;

 protected:
  ~UrlCheck() = default;
};

}  // namespace konduit::config
