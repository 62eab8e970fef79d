#include "scaffold/plugin_project.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace konduit::scaffold {
namespace {

namespace fs = std::filesystem;

// What both kinds' folders and names of files may hold of the placeholder.
constexpr std::string_view kCommon = "common";

// The descriptor's file is plugin.cpp, and the entry point of every plugin konduit_plugin().
constexpr auto kTaken = std::to_array<std::string_view>({"konduit", "plugin"});

// With an ending, it is the name of a file.
constexpr std::size_t kLongestName = 64;

std::string snake_case(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '-', '_');
  return text;
}

std::string pascal_case(std::string_view name) {
  std::string text;
  bool upper = true;
  for (const char c : name) {
    if (c != '-') text += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = c == '-';
  }
  return text;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw std::runtime_error("cannot read the template " + file.string());
  return text;
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// True if the sources in `folder` have a type of their own that is called as the plugin's class would be.
bool has_type(const fs::path& folder, const std::string& name) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string text = read(entry.path());
    for (const std::string word : {"class ", "struct ", "using "}) {
      if (text.find(word + name + ' ') != std::string::npos) return true;
    }
  }
  return false;
}

void check(const PluginProject& project, const fs::path& folder, const fs::path& templates, const fs::path& plugins) {
  if (const auto text = name_objection(project.name); !text.empty()) throw std::runtime_error(text);
  const auto kinds = template_kinds(templates);
  if (kinds.empty()) throw std::runtime_error("there are no templates in " + templates.string());
  if (std::ranges::find(kinds, project.kind) == kinds.end()) {
    throw std::runtime_error("there is no kind \"" + project.kind + "\"; kinds are: " + joined(kinds));
  }
  if (has_type(templates / project.kind, pascal_case(project.name))) {
    throw std::runtime_error("the sources of a new " + project.kind + " have a " + pascal_case(project.name) +
                             " of their own; choose another name");
  }
  std::error_code none;
  if (const auto installed = plugins / (project.name + ".so"); fs::exists(installed, none)) {
    throw std::runtime_error(installed.string() +
                             " is there already, and installing the new plugin would replace it; " +
                             "choose another name");
  }
  if (fs::exists(folder, none) && (!fs::is_directory(folder, none) || !fs::is_empty(folder, none))) {
    throw std::runtime_error(folder.string() + " is there already; give another --folder, or remove it");
  }
}

fs::path prefix() {
  std::error_code code;
  return fs::read_symlink("/proc/self/exe", code).parent_path().parent_path();
}

}  // namespace

fs::path template_folder() { return prefix() / "share" / "konduit" / "templates" / "plugin"; }

fs::path plugin_folder() { return prefix() / "lib" / "konduit" / "plugins"; }

std::vector<std::string> template_kinds(const fs::path& templates) {
  std::set<std::string> kinds;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(templates, none)) {
    if (entry.is_directory() && entry.path().filename() != kCommon) kinds.insert(entry.path().filename());
  }
  return {kinds.begin(), kinds.end()};
}

std::string name_objection(std::string_view name) {
  const bool spelled = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  const std::string quoted = "\"" + std::string(name) + "\"";
  if (!spelled || name.front() < 'a' || name.back() == '-' || name.find("--") != std::string_view::npos) {
    return quoted + " is no name for a plugin: use a-z, 0-9 and single hyphens between, beginning with a letter";
  }
  if (name.size() > kLongestName) return quoted + " is too long for the name of a plugin";
  if (std::ranges::find(kTaken, name) != kTaken.end()) {
    return quoted + " is a name of the SDK: the sources could not use it; choose another name";
  }
  return {};
}

std::string rendered(std::string text, std::string_view name) {
  replace_all(text, "my-plugin", name);
  replace_all(text, "my_plugin", snake_case(name));
  replace_all(text, "MyPlugin", pascal_case(name));
  return text;
}

std::vector<fs::path> write_project(const PluginProject& project, const fs::path& templates, const fs::path& plugins) {
  const fs::path folder = project.folder.empty() ? fs::path(project.name) : project.folder;
  check(project, folder, templates, plugins);
  std::set<fs::path> files;
  for (const fs::path& source : {templates / kCommon, templates / project.kind}) {
    for (const auto& entry : fs::recursive_directory_iterator(source)) {
      if (!entry.is_regular_file()) continue;
      const auto name = rendered(entry.path().lexically_relative(source).string(), project.name);
      write(folder / name, rendered(read(entry.path()), project.name));
      files.insert(name);
    }
  }
  return {files.begin(), files.end()};
}

}  // namespace konduit::scaffold
