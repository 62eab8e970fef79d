#include "flags/log_flags.hpp"

namespace konduit::flags {
namespace {

constexpr const char* kNoEffect = "Accepted; logs go to standard error.";

constexpr Flag kFlags[] = {
    {"v", FlagType::integer, "4", "Verbosity: 5 and 6 show debug messages, 7 and more traces, below 0 errors alone."},
    {"vmodule", FlagType::text, "", kNoEffect},
    {"logtostderr", FlagType::boolean, "true", kNoEffect},
    {"alsologtostderr", FlagType::boolean, "false", kNoEffect},
    {"alsologtostderrthreshold", FlagType::text, "", kNoEffect},
    {"stderrthreshold", FlagType::text, "", kNoEffect},
    {"log-dir", FlagType::text, "", kNoEffect},
    {"log-file", FlagType::text, "", kNoEffect},
    {"log-file-max-size", FlagType::integer, "1800", kNoEffect},
    {"log-backtrace-at", FlagType::text, "", kNoEffect},
    {"add-dir-header", FlagType::boolean, "false", kNoEffect},
    {"skip-headers", FlagType::boolean, "false", kNoEffect},
    {"skip-log-headers", FlagType::boolean, "false", kNoEffect},
    {"one-output", FlagType::boolean, "false", kNoEffect},
    {"legacy-stderr-threshold-behavior", FlagType::boolean, "true", kNoEffect},
};

const char* level_of(std::int64_t verbosity) {
  if (verbosity < 0) return "error";
  if (verbosity < 5) return "info";
  return verbosity < 7 ? "debug" : "trace";
}

}  // namespace

std::span<const Flag> log_flags() noexcept { return kFlags; }

config::Node log_section(const FlagValues& values) {
  config::Node log;
  log.add("level", values.node("v", level_of(values.integer("v"))));
  return log;
}

}  // namespace konduit::flags
