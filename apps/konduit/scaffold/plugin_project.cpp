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

// Words that cannot be a namespace: keywords, and the namespaces that a plugin's sources use.
constexpr auto kTaken = std::to_array<std::string_view>({
    "and",       "asm",      "auto",     "bitand",   "bitor",    "bool",     "boost",    "break",    "case",
    "catch",     "char",     "class",    "compl",    "concept",  "const",    "continue", "default",  "delete",
    "do",        "double",   "else",     "enum",     "explicit", "export",   "extern",   "false",    "float",
    "for",       "friend",   "goto",     "if",       "inline",   "int",      "konduit",  "long",     "mutable",
    "namespace", "new",      "noexcept", "not",      "nullptr",  "operator", "or",       "private",  "protected",
    "public",    "register", "requires", "return",   "short",    "signed",   "sizeof",   "static",   "std",
    "struct",    "switch",   "template", "testing",  "this",     "throw",    "true",     "try",      "typedef",
    "typeid",    "typename", "union",    "unsigned", "using",    "virtual",  "void",     "volatile", "while",
    "xor",
});

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

void check(const PluginProject& project, const fs::path& folder, const fs::path& templates) {
  if (const auto text = name_objection(project.name); !text.empty()) throw std::runtime_error(text);
  const auto kinds = template_kinds(templates);
  if (kinds.empty()) throw std::runtime_error("there are no templates in " + templates.string());
  if (std::ranges::find(kinds, project.kind) == kinds.end()) {
    throw std::runtime_error("there is no kind \"" + project.kind + "\"; kinds are: " + joined(kinds));
  }
  std::error_code none;
  if (fs::exists(folder, none) && (!fs::is_directory(folder, none) || !fs::is_empty(folder, none))) {
    throw std::runtime_error(folder.string() + " is there already; give another --folder, or remove it");
  }
}

}  // namespace

fs::path template_folder() {
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  return program.parent_path().parent_path() / "share" / "konduit" / "templates" / "plugin";
}

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
  if (std::ranges::find(kTaken, snake_case(name)) != kTaken.end()) {
    return quoted + " is a word of C++ or of the SDK: the sources could not use it; choose another name";
  }
  return {};
}

std::string rendered(std::string text, std::string_view name) {
  replace_all(text, "my-plugin", name);
  replace_all(text, "my_plugin", snake_case(name));
  replace_all(text, "MyPlugin", pascal_case(name));
  return text;
}

std::vector<fs::path> write_project(const PluginProject& project, const fs::path& templates) {
  const fs::path folder = project.folder.empty() ? fs::path(project.name) : project.folder;
  check(project, folder, templates);
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
