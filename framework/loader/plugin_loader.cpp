#include "loader/plugin_loader.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "loader/descriptor.hpp"
#include "loader/elf_note.hpp"
#include "loader/file_trust.hpp"

namespace konduit::loader {
namespace {

namespace fs = std::filesystem;

class FileDescriptor {
 public:
  explicit FileDescriptor(const fs::path& file) : number_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int number() const noexcept { return number_; }

 private:
  int number_;
};

/// RTLD_NODELETE also for plugins that were linked without -z nodelete: their code is on other threads' stacks.
constexpr auto kLoadMode = static_cast<boost::dll::load_mode::type>(
    static_cast<unsigned>(boost::dll::load_mode::rtld_now) | static_cast<unsigned>(boost::dll::load_mode::rtld_local) |
    static_cast<unsigned>(RTLD_NODELETE));

/// The objection to what `file` is in the file system; empty if it can be read as a plugin.
std::string file_objection(const fs::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return std::string("cannot look at the file: ") + std::strerror(errno);
  if (S_ISDIR(status.st_mode)) return "it is a folder: name it under plugins.search to load what is in it";
  if (!S_ISREG(status.st_mode)) return "it is not a regular file";
  return distrust(file);
}

/// dlerror() begins with the file's name, which the message has already.
std::string dynamic_error(const fs::path& file) {
  const char* text = ::dlerror();
  std::string_view rest = text ? text : "the dynamic linker does not say why";
  const std::string prefix = file.string() + ": ";
  if (rest.starts_with(prefix)) rest.remove_prefix(prefix.size());
  return std::string(rest);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : "; ") + text;
  return out;
}

/// The descriptor of an open library. Null, with `what` filled, if there is none.
const PluginDescriptor* entry(const boost::dll::shared_library& library, std::string& what) {
  if (!library.has(kPluginEntryPoint)) {
    what = std::string("it does not export ") + kPluginEntryPoint + ": build it with KONDUIT_PLUGIN";
    return nullptr;
  }
  try {
    const auto& function = library.get<const PluginDescriptor*()>(kPluginEntryPoint);
    const PluginDescriptor* descriptor = function();
    if (!descriptor) what = std::string(kPluginEntryPoint) + " returned nothing";
    return descriptor;
  } catch (...) {
    what = std::string(kPluginEntryPoint) + " threw an exception: it must return a constant";
    return nullptr;
  }
}

}  // namespace

std::string LoadError::text() const { return file.string() + ": error: " + what; }

PluginLoader::PluginLoader() : PluginLoader(core_interface()) {}

bool PluginLoader::refuse(const fs::path& file, std::string what) {
  errors_.push_back({file, std::move(what)});
  return false;
}

bool PluginLoader::load(const fs::path& file, std::string_view sha256) {
  std::error_code code;
  const fs::path canonical = fs::canonical(file, code);
  if (code) return refuse(file, "cannot find the file: " + code.message());
  if (std::string text = file_objection(canonical); !text.empty()) return refuse(file, std::move(text));
  const FileDescriptor opened(canonical);
  if (opened.number() < 0) return refuse(file, std::string("cannot open the file: ") + std::strerror(errno));
  if (!sha256.empty()) {
    const std::string digest = sha256_of(opened.number());
    if (digest != sha256) {
      return refuse(file, "its sha256 is " + digest + ", the configuration asks for " + std::string(sha256));
    }
  }
  const NoteResult note = find_note(opened.number());
  if (!note) return refuse(file, note.error().text);
  if (std::string text = incompatibility(*note, core_); !text.empty()) return refuse(file, std::move(text));
  if (const LoadedPlugin* other = by_name(note->name)) {
    if (other->file == canonical) return true;
    return refuse(file, "plugin " + note->name + " is loaded already, from " + other->file.string() +
                            ": name only one of the files");
  }
  return load_checked(canonical, *note);
}

bool PluginLoader::load_checked(const fs::path& file, const PluginNote& note) {
  boost::dll::fs::error_code code;
  boost::dll::shared_library library;
  ::dlerror();
  library.load(file, kLoadMode, code);
  if (code) return refuse(file, "cannot be loaded: " + dynamic_error(file));
  std::string what;
  const PluginDescriptor* descriptor = entry(library, what);
  if (!descriptor) return refuse(file, std::move(what));
  if (const auto texts = objections(descriptor, note, core_); !texts.empty()) return refuse(file, joined(texts));
  return add(file, *descriptor);
}

bool PluginLoader::add(const fs::path& file, const PluginDescriptor& descriptor) {
  const LoadedPlugin loaded{file, &descriptor};
  bool good = true;
  for (const ComponentDescriptor& component : loaded.components()) {
    if (const Provider* other = provider(component.kind, component.name)) {
      good = refuse(file, std::string(to_string(component.kind)) + " " + component.name + " is also in " +
                              plugins_[other->plugin].file.string() + ": load only one of the two");
    }
  }
  if (!good) return false;
  for (const ComponentDescriptor& component : loaded.components()) {
    components_.emplace(std::pair(component.kind, std::string_view(component.name)),
                        Provider{&component, plugins_.size()});
  }
  plugins_.push_back(loaded);
  return true;
}

bool PluginLoader::search(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    if (entry->path().extension() == ".so") files.push_back(entry->path());
  }
  if (code) return refuse(folder, "cannot read the folder of plugins: " + code.message());
  if (files.empty()) return refuse(folder, "there is no plugin (*.so) in this folder");
  std::sort(files.begin(), files.end());
  bool good = true;
  for (const fs::path& file : files) good = load(file) && good;
  return good;
}

const PluginLoader::Provider* PluginLoader::provider(ComponentKind kind, std::string_view type) const {
  const auto found = components_.find(std::pair(kind, type));
  return found == components_.end() ? nullptr : &found->second;
}

const LoadedPlugin* PluginLoader::by_name(std::string_view name) const {
  const auto found = std::find_if(plugins_.begin(), plugins_.end(),
                                  [name](const LoadedPlugin& plugin) { return plugin.descriptor->name == name; });
  return found == plugins_.end() ? nullptr : &*found;
}

const ComponentDescriptor* PluginLoader::find(ComponentKind kind, std::string_view type) const {
  const Provider* found = provider(kind, type);
  return found ? found->component : nullptr;
}

std::vector<std::string_view> PluginLoader::types(ComponentKind kind) const {
  std::vector<std::string_view> names;
  for (const auto& [key, unused] : components_) {
    if (key.first == kind) names.push_back(key.second);
  }
  return names;
}

std::string_view PluginLoader::plugin(ComponentKind kind, std::string_view type) const {
  const Provider* found = provider(kind, type);
  return found ? plugins_[found->plugin].descriptor->name : std::string_view{};
}

fs::path default_plugin_folder() {
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  return program.parent_path().parent_path() / "lib" / "konduit" / "plugins";
}

}  // namespace konduit::loader
