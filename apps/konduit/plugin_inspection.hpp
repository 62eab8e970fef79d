#pragma once

#include <string>

namespace konduit::app {

/// Says what a plugin's file is and brings. It is loaded in a child process, so that one which crashes is a finding.
int inspect_plugin(const std::string& file);

}  // namespace konduit::app
