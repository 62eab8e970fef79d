#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <utility>

#include "commands.hpp"
#include "completion.hpp"
#include "plugin_inspection.hpp"

namespace konduit::app {
namespace {

constexpr const char* kDocument = "The YAML document; - is standard input";

const std::map<std::string, GraphFormat> kGraphFormats{
    {"mermaid", GraphFormat::mermaid}, {"dot", GraphFormat::dot}, {"svg", GraphFormat::svg}};

}  // namespace

CommandLine::CommandLine() : program_("konduit: a plugin-based proxy framework", "konduit") {
  program_.require_subcommand(1);
  program_.footer(
      "Exit status: 0 all is well; 1 it could not start: a port in use, a file that cannot be read; of diff: there are "
      "differences; of test: a dial came otherwise than expected; 64 the command line is wrong; 78 the document or a "
      "plugin is wrong, and nothing was started");
  add_document_commands();
  add_plugin_commands();
  add("server", "Run the server profile; takes the flags of the reference's proxy-server (server --help)", nullptr);
  add("agent", "Run the agent profile; takes the flags of the reference's proxy-agent (agent --help)", nullptr);
  add_completion();
  add("version", "Print versions", print_version);
}

CLI::App* CommandLine::add(const char* name, const char* description, std::function<int()> action) {
  return add(program_, name, description, std::move(action));
}

CLI::App* CommandLine::add(CLI::App& parent, const char* name, const char* description, std::function<int()> action) {
  auto* command = parent.add_subcommand(name, description);
  command->callback([this, action = std::move(action)] { action_ = action; });
  return command;
}

void CommandLine::add_document_commands() {
  auto* run =
      add("run",
          "Run a document until SIGTERM; it then drains, and a second signal stops it at once. SIGHUP, or a change "
          "of the file, puts the new document in force: what is equal goes on, tunnels are not disturbed, and a "
          "wrong document changes nothing. SIGHUP opens the log file anew, too",
          [this] { return run_file(file_, std::move(options_)); });
  run->add_option("FILE", file_, kDocument)->required();
  run->add_option("--ready-file", options_.ready_file,
                  "Write every listener's id and bound address there when all are up");

  auto* checked = add("validate", "Check a document and its plugins; start nothing",
                      [this] { return validate_file(file_, provision_); });
  checked->add_option("FILE", file_, kDocument)->required();
  checked->add_flag("--provision", provision_, "Also load certificates and bind addresses, and let go of them again");

  auto* tested =
      add("test", "Rehearse the dials of the document's tests, without a socket", [this] { return test_file(file_); });
  tested->add_option("FILE", file_, kDocument)->required();

  auto* graphed = add("graph", "Draw a document", [this] { return graph(file_, format_); });
  graphed->add_option("FILE", file_, kDocument)->required();
  graphed->add_option("--format", format_, "mermaid (for Markdown), dot (for Graphviz) or svg (a picture)")
      ->transform(CLI::CheckedTransformer(kGraphFormats).description(""));

  auto* explained = add("explain", "Print a document with every default filled in, and where each value comes from",
                        [this] { return explain(file_); });
  explained->add_option("FILE", file_, kDocument)->required();

  auto* compared = add("diff", "Say what a reload of NEW over OLD would do; the status is 1 if it would do anything",
                       [this] { return diff(file_, newer_); });
  compared->add_option("OLD", file_, "The document in force")->required();
  compared->add_option("NEW", newer_, "The one to take its place")->required();
}

void CommandLine::add_plugin_commands() {
  const auto take_plugins = [this](CLI::App* command) {
    command->add_option("--plugins", plugins_.search, "Folders to look in, instead of the program's own");
    return command;
  };
  take_plugins(add("components", "List what the plugins bring", [this] { return list_components(plugins_); }));
  take_plugins(add("schema", "Print the layout of documents as JSON Schema, for editors",
                   [this] { return json_schema(plugins_); }));
  take_plugins(add("docs", "Print the configuration reference as Markdown", [this] {
    return reference(plugins_, type_);
  }))->add_option("TYPE", type_, "Only the components of this type, as in http-connect");

  auto* plugin = program_.add_subcommand("plugin", "Tools for authors of plugins");
  plugin->require_subcommand(1);
  add(*plugin, "inspect", "Say what a plugin's file is and brings; it is loaded in a process of its own",
      [this] { return inspect_plugin(file_); })
      ->add_option("FILE", file_, "The shared library")
      ->required();
  auto* made = add(*plugin, "new", "Write a project that builds, tests and runs at once",
                   [this] { return write_plugin_project(project_); });
  made->add_option("NAME", project_.name, "The plugin's name: a-z, 0-9 and hyphens")->required();
  made->add_option("--kind", project_.kind, "What its component is, as in filter or frontend")->required();
  made->add_option("--folder", project_.folder, "Where to write it, instead of ./NAME");
}

void CommandLine::add_completion() {
  auto* completion = add("completion", "Print a script that completes commands and options", [this] {
    std::cout << (shell_ == "zsh" ? zsh_completion(program_) : bash_completion(program_));
    return int{kOk};
  });
  completion->add_option("SHELL", shell_, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}).description(""));
}

int CommandLine::run(int argc, char** argv) {
  try {
    program_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program_.exit(error) == 0 ? kOk : kUsage;
  }
  return action_ ? action_() : int{kUsage};
}

}  // namespace konduit::app
