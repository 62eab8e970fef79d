#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace konduit::scaffold {

/// A project to be written: `konduit plugin new`.
struct PluginProject {
  std::string name;              ///< The plugin's and its component's: "hello-world".
  std::string kind;              ///< A folder of the templates: "filter".
  std::filesystem::path folder;  ///< Where to write; made if it is not there. Empty: a folder of the plugin's name.
};

/// The kinds there are templates for, sorted. Empty where no templates are installed.
std::vector<std::string> template_kinds(const std::filesystem::path& templates);

/// Where the templates belong to this program: share/konduit/templates/plugin beside the bin/ folder of the program.
std::filesystem::path template_folder();

/// Where plugins are installed that belong to this program: lib/konduit/plugins beside its bin/ folder.
std::filesystem::path plugin_folder();

/// Writes the project, unless `plugins` has one of its name, and returns its files, relative to its folder. Throws
/// std::runtime_error with what is wrong and what would be right; then nothing was written, or the system failed half
/// way.
std::vector<std::filesystem::path> write_project(const PluginProject& project, const std::filesystem::path& templates,
                                                 const std::filesystem::path& plugins);

/// `text` with the templates' placeholders replaced: my-plugin, my_plugin and MyPlugin.
std::string rendered(std::string text, std::string_view name);

/// What is wrong with `name` as the name of a plugin, of its files and of a class; empty if nothing.
std::string name_objection(std::string_view name);

}  // namespace konduit::scaffold
