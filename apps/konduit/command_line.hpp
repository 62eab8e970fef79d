#pragma once

#include <CLI/App.hpp>

#include <functional>
#include <string>

#include "config/configuration.hpp"
#include "document_commands.hpp"
#include "runtime/instance.hpp"
#include "scaffold/plugin_project.hpp"

namespace konduit::app {

/// The program's commands and their options.
class CommandLine {
 public:
  CommandLine();

  /// Carries out what the words ask for. The exit status.
  int run(int argc, char** argv);

 private:
  CLI::App* add(const char* name, const char* description, std::function<int()> action);
  CLI::App* add(CLI::App& parent, const char* name, const char* description, std::function<int()> action);
  void add_document_commands();
  void add_plugin_commands();
  void add_completion();

  CLI::App program_;
  std::function<int()> action_;  // of the command that was given

  // What options and operands set.
  std::string file_;
  std::string newer_;
  std::string type_;
  std::string shell_;
  bool provision_ = false;
  runtime::RunOptions options_;
  config::PluginsConfig plugins_;
  scaffold::PluginProject project_;
  GraphFormat format_ = GraphFormat::mermaid;
};

}  // namespace konduit::app
