#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace konduit::app {

/// True if colours may be used: the stream is a terminal, and NO_COLOR is not set (https://no-color.org).
bool is_colourful(int descriptor);

/// Problems to standard error, errors red and warnings yellow on a terminal.
void print(const config::Problems& problems);
/// A sentence a line to standard error.
void print(const std::vector<std::string>& errors);

/// Lines to standard output; on a terminal those that begin with "+" green, "-" red, "~" yellow, "!" magenta.
void print_changes(std::string_view lines);

}  // namespace konduit::app
