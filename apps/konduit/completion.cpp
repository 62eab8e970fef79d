#include "completion.hpp"

#include <CLI/CLI.hpp>

#include <vector>

namespace konduit::app {
namespace {

/// A command, "plugin inspect", with what may follow it.
struct Command {
  std::string words;
  std::vector<const CLI::App*> commands;
  std::vector<std::string> options;
  bool takes_files = false;
};

void collect(const CLI::App& app, const std::string& words, std::vector<Command>& all) {
  Command command{words, {}, {}, false};
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) command.options.push_back("--" + name);
    if (option->get_positional()) command.takes_files = true;
  }
  for (const CLI::App* child : app.get_subcommands(nullptr)) command.commands.push_back(child);
  const auto children = command.commands;
  all.push_back(std::move(command));
  for (const CLI::App* child : children) {
    collect(*child, words.empty() ? child->get_name() : words + " " + child->get_name(), all);
  }
}

std::vector<Command> commands_of(const CLI::App& program) {
  std::vector<Command> all;
  collect(program, "", all);
  return all;
}

std::string words_after(const Command& command) {
  std::string words;
  for (const CLI::App* child : command.commands) words += child->get_name() + " ";
  for (const auto& option : command.options) words += option + " ";
  if (!words.empty()) words.pop_back();
  return words;
}

/// For what stands between single quotes.
std::string in_single_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string first_sentence(const std::string& text) { return text.substr(0, text.find_first_of(".;")); }

}  // namespace

std::string bash_completion(const CLI::App& program) {
  std::string cases;
  for (const auto& command : commands_of(program)) {
    cases += "    " + in_single_quotes(command.words) + ") words=" + in_single_quotes(words_after(command)) +
             (command.takes_files ? " files=1" : "") + " ;;\n";
  }
  return "# bash completion for konduit: source <(konduit completion bash)\n"
         "_konduit() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} path='' word words='' files=''\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case $word in -* | */* | *.*) ;; *) path=${path:+$path }$word ;; esac\n"
         "  done\n"
         "  case $path in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  if [ -n \"$files\" ] && [[ $current != -* ]]; then COMPREPLY+=($(compgen -f -- \"$current\")); fi\n"
         "}\n"
         "complete -o filenames -F _konduit konduit\n";
}

std::string zsh_completion(const CLI::App& program) {
  std::string cases;
  for (const auto& command : commands_of(program)) {
    std::string described;
    for (const CLI::App* child : command.commands) {
      described += " " + in_single_quotes(child->get_name() + ":" + first_sentence(child->get_description()));
    }
    for (const auto& option : command.options) described += " " + in_single_quotes(option);
    cases += "    " + in_single_quotes(command.words) + ") choices=(" + (described.empty() ? "" : described.substr(1)) +
             ")" + (command.takes_files ? "; files=1" : "") + " ;;\n";
  }
  return "#compdef konduit\n"
         "# zsh completion for konduit: konduit completion zsh >\"${fpath[1]}/_konduit\"\n"
         "_konduit() {\n"
         "  local word command_path='' files=''\n"
         "  local -a choices\n"
         "  for word in \"${words[@]:1:CURRENT-2}\"; do\n"
         "    case $word in -* | */* | *.*) ;; *) command_path=${command_path:+$command_path }$word ;; esac\n"
         "  done\n"
         "  case $command_path in\n" +
         cases +
         "  esac\n"
         "  _describe command choices\n"
         "  if [ -n \"$files\" ]; then _files; fi\n"
         "}\n"
         "_konduit \"$@\"\n";
}

}  // namespace konduit::app
