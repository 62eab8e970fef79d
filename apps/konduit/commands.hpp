#pragma once

#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "runtime/instance.hpp"

namespace konduit::app {

/// Exit statuses, as in sysexits.h where it has one.
enum ExitStatus : int {
  kOk = 0,
  kFailed = 1,          ///< It could not start: a port in use, an unreadable key.
  kUsage = 64,          ///< The command line is wrong.
  kConfiguration = 78,  ///< The document or a plugin is wrong; nothing was started.
};

/// Runs a document until it is told to stop. `document` is empty where reading it failed; `problems` says why.
int run(std::optional<config::Node> document, config::Problems& problems, const runtime::RunOptions& options);

/// Runs the document in a file, which is read again on SIGHUP and when it has changed. "-" is standard input, which is
/// read once.
int run_file(const std::string& file, runtime::RunOptions options);

/// Checks a document, its plugins included, without starting anything.
int validate(std::optional<config::Node> document, config::Problems& problems);

/// Lists the components of the given plugins, or of the program's own.
int list_components(const config::PluginsConfig& plugins);

/// Prints the program's and the plugin interface's versions.
int print_version();

}  // namespace konduit::app
