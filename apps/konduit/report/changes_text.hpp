#pragma once

#include <string>

#include "config/changes.hpp"

namespace konduit::report {

/// What a reload does, a line for each part of the document that does not just go on: "+" is added, "-" goes, "~" is
/// made anew and why, "!" takes effect at the next start.
std::string text(const config::Changes& changes);

}  // namespace konduit::report
