#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "chaos/endpoint.hpp"
#include "chaos/forwarder/forwarder.hpp"
#include "chaos/patience.hpp"
#include "chaos/report.hpp"
#include "chaos/scenario.hpp"
#include "chaos/soak.hpp"

namespace {

using namespace konduit::chaos;

struct Options {
  RunSettings run;
  std::string build = "build/release";
  std::vector<std::string> only;
  bool list = false;
  SoakSettings soak;
  std::uint16_t endpoint_port = 0;
  ForwarderSettings forwarder;
};

/// Of a build tree: is it made with a sanitizer?
bool is_sanitized(const std::string& build) {
  std::ifstream cache(build + "/CMakeCache.txt");
  for (std::string line; std::getline(cache, line);) {
    if (line.starts_with("KONDUIT_SANITIZE:")) return !line.ends_with("=");
  }
  return false;
}

void prepare(Options& options) {
  constexpr double kSanitizedSlowness = 3;
  Programs& programs = options.run.programs;
  programs.konduit = std::filesystem::absolute(options.build + "/bin/konduit");
  programs.self = std::filesystem::canonical("/proc/self/exe");
  programs.sanitized = is_sanitized(options.build);
  if (!std::filesystem::exists(programs.konduit)) throw std::runtime_error(programs.konduit + " is not there");
  if (programs.sanitized) set_slowness(kSanitizedSlowness);
  std::filesystem::create_directories(options.run.output);
  catch_interrupts();
}

int list() {
  for (const Scenario& scenario : scenarios()) {
    std::cout << (scenario.short_form ? "  " : "* ") << scenario.name << ": " << scenario.summary << '\n';
  }
  std::cout << "* not in the short form\n";
  return 0;
}

bool wanted(const Scenario& scenario, const Options& options) {
  if (!options.only.empty()) return std::ranges::find(options.only, scenario.name) != options.only.end();
  return scenario.short_form || !options.run.short_form;
}

int run_scenarios(Options& options) {
  for (const std::string& name : options.only) {
    if (std::ranges::none_of(scenarios(), [&](const Scenario& scenario) { return scenario.name == name; })) {
      throw std::runtime_error("there is no scenario " + name + " (try list)");
    }
  }
  prepare(options);
  std::vector<const Scenario*> chosen;
  for (const Scenario& scenario : scenarios()) {
    if (wanted(scenario, options)) chosen.push_back(&scenario);
  }
  std::vector<Result> results;
  for (const Scenario* scenario : chosen) {
    std::cout << '[' << results.size() + 1 << '/' << chosen.size() << "] " << scenario->name << ": "
              << scenario->summary << std::endl;
    const std::string missing = scenario->missing(options.run);
    results.push_back(missing.empty() ? play(*scenario, options.run)
                                      : Result{.name = scenario->name, .skipped = missing});
    std::cout << line_of(results.back()) << std::flush;
  }
  const int status = summed_up("chaos", results);
  std::cout << "seed " << options.run.seed << "; plots: " << options.run.output << "/*.svg\n";
  return status;
}

void add_run_options(CLI::App& command, Options& options) {
  command.add_option("--build", options.build, "The tree whose programs are tested")->capture_default_str();
  command.add_option("--output", options.run.output, "Where tables, plots and logs of failures go")->required();
  command.add_option("--seed", options.run.seed, "Of sizes, contents and random faults")->capture_default_str();
}

int run_command_line(int argc, char** argv) {
  CLI::App program("Breaks things around konduit and looks at what becomes of its tunnels", "konduit-chaos");
  program.require_subcommand(1);
  Options options;
  auto* run = program.add_subcommand("run", "Play scenarios");
  add_run_options(*run, options);
  run->add_option("SCENARIO", options.only, "Only these");
  run->add_flag("--short", options.run.short_form, "The most telling ones, and for a shorter time");
  run->add_option("--churned", options.run.churned, "How many tunnels churn opens")->capture_default_str();
  auto* names = program.add_subcommand("list", "What scenarios there are");
  auto* soak = program.add_subcommand("soak", "Mixed load with small faults for a long time");
  add_run_options(*soak, options);
  soak->add_option("MINUTES", options.soak.minutes)->required()->check(CLI::Range(0.1, 100'000.0));
  auto* endpoint = program.add_subcommand("endpoint", "Be a target on 127.0.0.1; prints the port");
  endpoint->add_option("--port", options.endpoint_port, "0: any");
  auto* forwarder = program.add_subcommand("forwarder", "Forward TCP connections badly; commands on standard input");
  forwarder->add_option("--to", options.forwarder.target, "ADDRESS:PORT")->required();
  forwarder->add_option("--seed", options.forwarder.seed);
  CLI11_PARSE(program, argc, argv);

  if (names->parsed()) return list();
  if (endpoint->parsed()) return run_endpoint(options.endpoint_port);
  if (forwarder->parsed()) return run_forwarder(options.forwarder);
  if (run->parsed()) return run_scenarios(options);
  prepare(options);
  return run_soak(options.run, options.soak);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_command_line(argc, argv);
  } catch (const Interrupted&) {
    std::cerr << "konduit-chaos: interrupted; everything that it started has ended\n";
    return 130;
  } catch (const std::exception& error) {
    std::cerr << "konduit-chaos: " << error.what() << '\n';
    return 1;
  }
}
