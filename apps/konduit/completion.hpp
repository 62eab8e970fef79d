#pragma once

#include <CLI/App.hpp>

#include <string>

namespace konduit::app {

/// A script that completes the program's commands and options: for bash with the package bash-completion or without,
/// or for zsh.
std::string bash_completion(const CLI::App& program);
std::string zsh_completion(const CLI::App& program);

}  // namespace konduit::app
