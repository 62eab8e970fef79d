#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loader/elf_note.hpp"

namespace konduit::loader {

/// The side of the plugin boundary that the core is on.
struct CoreInterface {
  unsigned sdk_major = 0;
  unsigned sdk_minor = 0;
  std::vector<std::pair<std::string, std::string>> fingerprint;
};

/// What this program was compiled with.
CoreInterface core_interface();

/// Why a plugin cannot run in `core`, as a sentence that names each differing key with both values and says what to do;
/// empty if it can. A plugin needs the same major, a minor that is not newer, and equal pairs; never "warn and go on".
std::string incompatibility(const PluginNote& plugin, const CoreInterface& core);

/// Why the fingerprint in a descriptor is not the one in the same file's note; empty if they agree.
std::string contradiction(const PluginNote& note, std::string_view fingerprint);

}  // namespace konduit::loader
