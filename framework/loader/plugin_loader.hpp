#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/component_catalog.hpp"
#include "konduit/plugin.hpp"
#include "loader/compatibility.hpp"

namespace konduit::loader {

/// Why a plugin, or a folder of plugins, was refused.
struct LoadError {
  std::filesystem::path file;
  std::string what;  ///< What is wrong and what to do.

  /// "path: error: what"
  std::string text() const;
};

/// A plugin that runs in this process, until the process ends.
struct LoadedPlugin {
  std::filesystem::path file;  ///< Canonical.
  const PluginDescriptor* descriptor;

  std::span<const ComponentDescriptor> components() const noexcept {
    return {descriptor->components, descriptor->component_count};
  }
};

/// Loads plugins and knows what they bring. A file is loaded only after everything that can be known without running
/// its code has been checked: who may write it, its digest where one is given, its konduit note, version and
/// fingerprint.
///
/// Errors are collected; the caller starts nothing when there is one. Libraries are never unloaded, not even with the
/// loader: a second loader in the same process gets the same descriptors. Not thread-safe: used by one thread at
/// start-up, read-only afterwards.
class PluginLoader final : public config::ComponentCatalog {
 public:
  PluginLoader();
  explicit PluginLoader(CoreInterface core) : core_(std::move(core)) {}

  /// Loads one plugin. A file that is loaded already (also by another name) is passed over. `sha256` is compared unless
  /// it is empty. False if it was refused: errors() has grown.
  bool load(const std::filesystem::path& file, std::string_view sha256 = {});

  /// Loads every *.so of a folder, in the order of their names. A folder that is missing or has none is an error.
  bool search(const std::filesystem::path& folder);

  std::span<const LoadedPlugin> plugins() const noexcept { return plugins_; }
  std::span<const LoadError> errors() const noexcept { return errors_; }

  const ComponentDescriptor* find(ComponentKind kind, std::string_view type) const override;
  std::vector<std::string_view> types(ComponentKind kind) const override;
  std::string_view plugin(ComponentKind kind, std::string_view type) const override;

 private:
  struct Provider {
    const ComponentDescriptor* component;
    std::size_t plugin;  ///< Index into plugins_.
  };

  const Provider* provider(ComponentKind kind, std::string_view type) const;
  const LoadedPlugin* by_name(std::string_view name) const;
  bool refuse(const std::filesystem::path& file, std::string what);
  bool load_checked(const std::filesystem::path& file, const PluginNote& note);
  bool add(const std::filesystem::path& file, const PluginDescriptor& descriptor);

  CoreInterface core_;
  std::vector<LoadedPlugin> plugins_;
  std::vector<LoadError> errors_;
  std::map<std::pair<ComponentKind, std::string_view>, Provider> components_;
};

/// Where a program's own plugins are: lib/konduit/plugins beside the bin/ folder of the running program.
std::filesystem::path default_plugin_folder();

}  // namespace konduit::loader
