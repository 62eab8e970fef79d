#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command_line.hpp"
#include "commands.hpp"
#include "config/emitter.hpp"
#include "console.hpp"
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
    app::print(problems);
    return app::kUsage;
  }
  if (profile.print_config) {
    app::print(problems);
    std::cout << config::emit(profile.document);
    return app::kOk;
  }
  return app::run(std::move(profile.document), problems, {.ready_file = std::move(profile.ready_file)});
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> words(argv, argv + argc);
    if (const auto call = flags::profile_call(words); !call.profile.empty()) {
      return run_profile(call.profile, call.arguments);
    }
    return app::CommandLine().run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "konduit: " << error.what() << '\n';
    return app::kFailed;
  }
}
