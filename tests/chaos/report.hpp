#pragma once

#include <string>
#include <vector>

#include "chaos/trial.hpp"

namespace konduit::chaos {

/// What is said of a scenario once it has been played, with what failed below it.
std::string line_of(const Result& result);

/// The table of a run, in Markdown.
std::string table_of(const std::vector<Result>& results);

/// Prints the table and the sum. The exit status: 0 when nothing failed and something held.
int summed_up(const std::string& what, const std::vector<Result>& results);

}  // namespace konduit::chaos
