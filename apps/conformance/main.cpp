// konduit-conformance: does a plugin keep the rules of its components' kinds?
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "plugin_under_test.hpp"
#include "progress.hpp"
#include "scratch.hpp"
#include "trial.hpp"

namespace {

using namespace konduit::conformance;

constexpr std::chrono::seconds kPatience(60);
constexpr int kUsage = 64;

struct Options {
  std::string plugin;
  std::string component;  ///< "kind/type"; empty: all.
  std::string settings;
  int rule = -1;      ///< Only this one, in this process.
  int progress = -1;  ///< Where it tells what it is doing.
  bool load = false;  ///< Only load it, in this process.
};

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += "              " + line + '\n';
  return result;
}

struct Tally {
  unsigned kept = 0;
  unsigned broken = 0;
  unsigned untried = 0;
};

Verdict run_again(std::vector<std::string> words, const Options& options) {
  words.insert(words.begin(), {"konduit-conformance", options.plugin});
  return in_a_process(std::move(words), kPatience);
}

void print_broken(const std::string& rule, const std::string& said) {
  std::cout << "  BROKEN    " << rule << '\n' << indented(said) << std::flush;
}

/// Tries one rule and prints its line.
void judge(const Options& options, const Subject& subject, std::size_t index, const Rule& rule, Tally& tally) {
  const auto& why = subject.settings.exceptions[rule.text];
  Verdict verdict{kUntried, why.text() + "\n"};
  if (!why) {
    std::vector<std::string> words{"--component", subject.id, "--rule", std::to_string(index)};
    if (!options.settings.empty()) words.insert(words.end(), {"--settings", options.settings});
    verdict = run_again(std::move(words), options);
  }
  const bool untried = verdict.status == kUntried;
  ++(verdict.status == kKept ? tally.kept : untried ? tally.untried : tally.broken);
  if (verdict.status != kKept && !untried) return print_broken(rule.text, verdict.said);
  std::cout << (untried ? "  not tried " : "  kept      ") << rule.text << '\n';
  if (untried) std::cout << indented(verdict.said);
  std::cout << std::flush;
}

int judge_all(const Options& options, const PluginUnderTest& plugin) {
  Tally tally;
  for (const auto& subject : plugin.subjects()) {
    if (!options.component.empty() && options.component != subject.id) continue;
    std::cout << subject.id << '\n';
    const auto rules = rules_of(subject.descriptor->kind);
    for (std::size_t i = 0; i < rules.size(); ++i) judge(options, subject, i, *rules[i], tally);
  }
  std::cout << tally.kept << " kept, " << tally.broken << " broken, " << tally.untried << " not tried\n";
  if (tally.kept + tally.broken == 0) std::cout << "nothing was judged: is " << options.component << " in it?\n";
  return tally.broken == 0 && tally.kept > 0 ? kKept : kBroken;
}

/// Loading runs what the plugin does before anybody asks it: in a process of its own first, which it may end.
bool loads(const Options& options) {
  const auto verdict = run_again({"--load"}, options);
  if (verdict.status != kKept) print_broken("konduit loads it", verdict.said);
  return verdict.status == kKept;
}

int load(const Options& options) {
  std::string error;
  const PluginUnderTest plugin(options.plugin, {}, error);
  std::cout << error << std::flush;
  const int status = error.empty() ? kKept : kBroken;
  Progress::concluded(status);
  return status;
}

int judge_one(const Options& options, const PluginUnderTest& plugin) {
  for (const auto& subject : plugin.subjects()) {
    if (subject.id != options.component) continue;
    const auto rules = rules_of(subject.descriptor->kind);
    if (static_cast<std::size_t>(options.rule) < rules.size()) return try_rule(subject, *rules[options.rule]);
  }
  return kUsage;
}

/// Its own folder for what components write is gone when it returns.
int judge_plugin(const Options& options) {
  const Scratch scratch;
  std::string error;
  const PluginUnderTest plugin(options.plugin, options.settings, error);
  if (!error.empty()) {
    std::cout << error;
    return kBroken;
  }
  return options.rule < 0 ? judge_all(options, plugin) : judge_one(options, plugin);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("Tries a plugin's components against the rules of their kinds", "konduit-conformance");
  Options options;
  program.add_option("PLUGIN", options.plugin, "The plugin's file")->required();
  program.add_option("--component", options.component, "Only this one, as in filter/acl");
  program.add_option("--settings", options.settings, "What the suite cannot know by itself, by kind/type");
  program.add_option("--rule", options.rule, "Only the rule of this number, in this process");
  program.add_option("--progress", options.progress)->group("");
  program.add_flag("--load", options.load)->group("");
  CLI11_PARSE(program, argc, argv);
  if (options.progress >= 0) Progress::tell(options.progress);

  if (options.load) return load(options);
  if (options.rule >= 0) return judge_plugin(options);
  const int status = loads(options) ? judge_plugin(options) : kBroken;
  std::cout << std::flush;
  std::_Exit(status);  // not by way of the plugin, which may have its own idea of the status
}
