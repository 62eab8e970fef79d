// konduit-conformance: does a plugin keep the rules of its components' kinds?
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstddef>
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

/// Tries one rule and prints its line.
void judge(const Options& options, const Subject& subject, std::size_t index, const Rule& rule, Tally& tally) {
  const auto& why = subject.settings.exceptions[rule.text];
  Verdict verdict{kUntried, why.text() + "\n"};
  if (!why) {
    std::vector<std::string> words{"konduit-conformance", options.plugin, "--component", subject.id, "--rule",
                                   std::to_string(index)};
    if (!options.settings.empty()) words.insert(words.end(), {"--settings", options.settings});
    verdict = in_a_process(std::move(words), kPatience);
  }
  const bool untried = verdict.status == kUntried;
  ++(verdict.status == kKept ? tally.kept : untried ? tally.untried : tally.broken);
  std::cout << (verdict.status == kKept ? "  kept      "
                : untried               ? "  not tried "
                                        : "  BROKEN    ")
            << rule.text << '\n';
  if (verdict.status != kKept) std::cout << indented(verdict.said);
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

int judge_one(const Options& options, const PluginUnderTest& plugin) {
  for (const auto& subject : plugin.subjects()) {
    if (subject.id != options.component) continue;
    const auto rules = rules_of(subject.descriptor->kind);
    if (static_cast<std::size_t>(options.rule) < rules.size()) return try_rule(subject, *rules[options.rule]);
  }
  return kUsage;
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
  CLI11_PARSE(program, argc, argv);
  if (options.progress >= 0) Progress::tell(options.progress);

  const Scratch scratch;
  std::string error;
  const PluginUnderTest plugin(options.plugin, options.settings, error);
  if (!error.empty()) {
    std::cout << error;
    return kBroken;
  }
  return options.rule < 0 ? judge_all(options, plugin) : judge_one(options, plugin);
}
