#include "plugin_inspection.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iomanip>
#include <iostream>

#include "exit_status.hpp"
#include "loader/plugin_loader.hpp"

namespace konduit::app {
namespace {

void print_plugin(const loader::LoadedPlugin& plugin) {
  const auto& descriptor = *plugin.descriptor;
  std::cout << "plugin       " << descriptor.name << ' ' << descriptor.version << "\nfile         "
            << plugin.file.string() << "\nlicense      " << descriptor.license << "\ninterface    "
            << descriptor.sdk_major << '.' << descriptor.sdk_minor << "\nfingerprint  " << descriptor.fingerprint
            << '\n';
  for (const auto& component : plugin.components()) {
    std::cout << std::left << std::setw(13) << to_string(component.kind) << std::setw(16) << component.name
              << component.summary << '\n';
  }
}

int load_and_print(const std::string& file) {
  loader::PluginLoader loader;
  loader.load(file);
  for (const auto& error : loader.errors()) std::cerr << error.text() << '\n';
  for (const auto& plugin : loader.plugins()) print_plugin(plugin);
  return loader.errors().empty() ? kOk : kConfiguration;
}

}  // namespace

int inspect_plugin(const std::string& file) {
  const pid_t child = ::fork();
  if (child < 0) {
    std::cerr << "konduit: cannot start a process: " << std::strerror(errno) << '\n';
    return kFailed;
  }
  if (child == 0) {
    const int status = load_and_print(file);
    std::cout.flush();
    ::_exit(status);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  std::cerr << file << ": error: it crashed while it was loaded (" << ::strsignal(WTERMSIG(status))
            << "); it would take the program with it\n";
  return kConfiguration;
}

}  // namespace konduit::app
