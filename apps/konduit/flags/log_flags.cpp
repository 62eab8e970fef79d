#include "flags/log_flags.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include "flags/flag_syntax.hpp"
#include "flags/rules.hpp"

namespace konduit::flags {
namespace {

constexpr const char* kOneForm = "a line always has one form";

constexpr Flag kFlags[] = {
    {"v", FlagType::level, "4", "Verbosity: 5 and 6 show debug messages, 7 and more traces, below 0 errors alone."},
    {"logtostderr", FlagType::boolean, "true", "Log to standard error and to no file."},
    {"log-file", FlagType::text, "", "Log to this file, with --logtostderr=false."},
    {"log-dir", FlagType::text, "", "Log to PROGRAM.INFO in this folder, with --logtostderr=false and no --log-file."},
    {"alsologtostderr", FlagType::boolean, "false", "What goes to a file goes to standard error as well."},
    {"alsologtostderrthreshold", FlagType::severity, "",
     "From which severity on, with --alsologtostderr; all of it if not given."},
    {"stderrthreshold", FlagType::severity, "2", "What goes to standard error as well, without --alsologtostderr."},
    {"legacy-stderr-threshold-behavior", FlagType::boolean, "true",
     "With false, --stderrthreshold also counts with --logtostderr."},
    {"log-file-max-size", FlagType::natural, "1800", "files are not rotated here", FlagUse::inert},
    {"vmodule", FlagType::module_spec, "", "components, and not files, have loggers", FlagUse::inert},
    {"log-backtrace-at", FlagType::trace_location, ":0", "there is no stack to show", FlagUse::inert},
    {"add-dir-header", FlagType::boolean, "false", kOneForm, FlagUse::inert},
    {"skip-headers", FlagType::boolean, "false", kOneForm, FlagUse::inert},
    {"skip-log-headers", FlagType::boolean, "false", kOneForm, FlagUse::inert},
    {"one-output", FlagType::boolean, "false", "there is one file for all severities", FlagUse::inert},
};

/// In ascending order, as levels are compared.
constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warning", "error", "off"};

std::string_view level_of(std::int64_t verbosity) {
  if (verbosity < 0) return "error";
  if (verbosity < 5) return "info";
  return verbosity < 7 ? "debug" : "trace";
}

/// The level of a severity: nothing here is fatal without ending the program.
std::string_view level_of(const std::string& severity) { return kLevels[2 + severity_number(severity).value_or(0)]; }

std::string_view higher(std::string_view one, std::string_view other) {
  return std::max(std::ranges::find(kLevels, one), std::ranges::find(kLevels, other))[0];
}

config::Node to_standard_error(const FlagValues& values, config::Problems& problems) {
  std::string_view level = level_of(values.integer("v"));
  const char* origin = "v";
  if (!values.boolean("legacy-stderr-threshold-behavior")) {
    level = higher(level, level_of(values.text("stderrthreshold")));
    origin = "stderrthreshold";
  }
  for (const char* flag : {"log-file", "log-dir"}) {
    if (!values.text(flag).empty()) values.warn(flag, "has no effect without --logtostderr=false", problems);
  }
  config::Node log;
  log.add("level", values.node(origin, std::string(level)));
  return log;
}

config::Node log_file(const FlagValues& values, std::string_view program) {
  if (!values.text("log-file").empty()) return values.node("log-file");
  const std::filesystem::path name = std::string(program) + ".INFO";
  if (!values.text("log-dir").empty()) return values.node("log-dir", values.text("log-dir") / name);
  std::error_code unknown;
  return values.node("logtostderr", std::filesystem::temp_directory_path(unknown) / name);
}

}  // namespace

std::span<const Flag> log_flags() noexcept { return kFlags; }

config::Node log_section(const FlagValues& values, std::string_view program, config::Problems& problems) {
  if (values.boolean("logtostderr")) return to_standard_error(values, problems);
  config::Node log;
  log.add("level", values.node("v", std::string(level_of(values.integer("v")))));
  log.add("file", log_file(values, program));
  const bool all = values.boolean("alsologtostderr");
  const char* threshold = all ? "alsologtostderrthreshold" : "stderrthreshold";
  const bool everything = all && values.text(threshold).empty();
  log.add("stderr_level", everything ? values.node("alsologtostderr", "trace")
                                     : values.node(threshold, std::string(level_of(values.text(threshold)))));
  return log;
}

}  // namespace konduit::flags
