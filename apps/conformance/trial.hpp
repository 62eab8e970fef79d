#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "rule.hpp"

namespace konduit::conformance {

/// Tries one rule in this process and prints what breaks it, one finding a paragraph. Answers the exit status.
int try_rule(const Subject& subject, const Rule& rule);

inline constexpr int kKept = 0;
inline constexpr int kBroken = 1;
inline constexpr int kUntried = 77;

/// How a process that tried a rule ended.
struct Verdict {
  int status = kBroken;
  std::string said;
};

/// Runs this program again with `arguments`, for as long as `patience`. A process that dies, hangs or is ended by what
/// it judges breaks the rule, and so does, after a few seconds, one whose call into the plugin does not come back.
Verdict in_a_process(std::vector<std::string> arguments, std::chrono::seconds patience);

}  // namespace konduit::conformance
