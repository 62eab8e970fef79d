#pragma once

#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "exit_status.hpp"
#include "runtime/instance.hpp"
#include "scaffold/plugin_project.hpp"

namespace konduit::app {

/// Runs a document until it is told to stop. `document` is empty where reading it failed; `problems` says why.
int run(const std::optional<config::Node>& document, config::Problems& problems, const runtime::RunOptions& options);

/// Runs the document in a file, which is read again on SIGHUP and when it has changed. "-" is standard input, which is
/// read once.
int run_file(const std::string& file, runtime::RunOptions options);

/// Checks the document in a file, its plugins included, without starting anything. `provision`: also loads its files
/// and binds its addresses, and lets go of them again.
int validate_file(const std::string& file, bool provision);

/// Rehearses the dials of a document's `tests`; kFailed where one comes otherwise than expected.
int test_file(const std::string& file);

/// Lists the components of the given plugins, or of the program's own.
int list_components(const config::PluginsConfig& plugins);

/// Writes a plugin's project and says what to do next.
int write_plugin_project(const scaffold::PluginProject& project);

/// Prints the program's and the plugin interface's versions.
int print_version();

}  // namespace konduit::app
