#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "config/emitter.hpp"
#include "flags/profile.hpp"
#include "flags/profile_call.hpp"

namespace {

using namespace konduit;

/// Runs a profile under the reference's flags.
int run_profile(std::string_view name, std::span<const std::string> arguments) {
  const bool server = name == "server";
  config::Problems problems;
  auto profile = server ? flags::server_profile(arguments, problems) : flags::agent_profile(arguments, problems);
  if (profile.help) {
    std::cout << (server ? flags::server_help() : flags::agent_help());
    return app::kOk;
  }
  if (!problems.ok()) {
    std::cerr << problems.text();
    return app::kUsage;
  }
  if (profile.print_config) {
    std::cerr << problems.text();
    std::cout << config::emit(profile.document);
    return app::kOk;
  }
  return app::run(std::move(profile.document), problems, {.ready_file = std::move(profile.ready_file)});
}

int run_command_line(int argc, char** argv) {
  CLI::App program("konduit: a plugin-based proxy framework", "konduit");
  program.require_subcommand(1);
  std::string file;
  runtime::RunOptions options;
  config::PluginsConfig plugins;

  auto* run = program.add_subcommand(
      "run",
      "Run a document until SIGTERM; it then drains, and a second signal stops it at once. SIGHUP reads the document again, as "
      "does a change of the file: what is equal goes on, tunnels are not disturbed, and a wrong document changes nothing");
  run->add_option("FILE", file, "The YAML document; - is standard input")->required();
  run->add_option("--ready-file", options.ready_file,
                  "Write every listener's id and bound address there when all are up");
  auto* validate = program.add_subcommand("validate", "Check a document and its plugins; start nothing");
  validate->add_option("FILE", file, "The YAML document; - is standard input")->required();
  auto* components = program.add_subcommand("components", "List what the plugins bring");
  components->add_option("--plugins", plugins.search, "Folders to look in, instead of the program's own");
  auto* version = program.add_subcommand("version", "Print versions");
  program.add_subcommand("server",
                         "Run the server profile; takes the flags of the reference's proxy-server (server --help)");
  program.add_subcommand("agent",
                         "Run the agent profile; takes the flags of the reference's proxy-agent (agent --help)");

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? app::kOk : app::kUsage;
  }
  if (run->parsed()) return app::run_file(file, std::move(options));
  config::Problems problems;
  if (validate->parsed()) return app::validate(config::read_file(file, problems), problems);
  if (components->parsed()) return app::list_components(plugins);
  return version->parsed() ? app::print_version() : app::kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> words(argv, argv + argc);
    if (const auto call = flags::profile_call(words); !call.profile.empty()) {
      return run_profile(call.profile, call.arguments);
    }
    return run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "konduit: " << error.what() << '\n';
    return app::kFailed;
  }
}
