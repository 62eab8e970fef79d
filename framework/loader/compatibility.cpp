#include "loader/compatibility.hpp"

#include <algorithm>

#include "konduit/api.hpp"
#include "konduit/fingerprint.hpp"

namespace konduit::loader {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string* value_of(const Pairs& pairs, std::string_view key) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [key](const auto& pair) { return pair.first == key; });
  return found == pairs.end() ? nullptr : &found->second;
}

std::string version_text(unsigned major, unsigned minor) { return std::to_string(major) + "." + std::to_string(minor); }

std::string describe(const std::string* value) { return value ? *value : std::string("nothing"); }

/// "boost is 1_82 in the plugin and 1_81 here, …": every key that differs, in the core's order, then what only the
/// plugin has.
std::string differences(const Pairs& plugin, const Pairs& core) {
  std::string text;
  const auto add = [&text](const std::string& key, const std::string* theirs, const std::string* ours) {
    if (theirs && ours && *theirs == *ours) return;
    if (!text.empty()) text += ", ";
    text += key + " is " + describe(theirs) + " in the plugin and " + describe(ours) + " here";
  };
  for (const auto& [key, value] : core) add(key, value_of(plugin, key), &value);
  for (const auto& [key, value] : plugin) {
    if (!value_of(core, key)) add(key, &value, nullptr);
  }
  return text;
}

}  // namespace

CoreInterface core_interface() {
  CoreInterface core{KONDUIT_SDK_MAJOR, KONDUIT_SDK_MINOR, {}};
  parse_pairs(KONDUIT_FINGERPRINT, core.fingerprint);
  return core;
}

std::string incompatibility(const PluginNote& plugin, const CoreInterface& core) {
  const std::string theirs = version_text(plugin.sdk_major, plugin.sdk_minor);
  const std::string ours = version_text(core.sdk_major, core.sdk_minor);
  if (plugin.sdk_major != core.sdk_major) {
    return "sdk is " + theirs + " in the plugin and " + ours +
           " here: the major numbers must be equal; build the plugin with the SDK of this konduit";
  }
  if (plugin.sdk_minor > core.sdk_minor) {
    return "sdk is " + theirs + " in the plugin and " + ours +
           " here: the plugin needs a newer konduit; upgrade konduit, or build the plugin with the SDK of this one";
  }
  const std::string different = differences(plugin.fingerprint, core.fingerprint);
  if (different.empty()) return {};
  return different + ": build the plugin with the compiler settings and libraries of this konduit";
}

std::string contradiction(const PluginNote& note, std::string_view fingerprint) {
  Pairs pairs;
  if (!parse_pairs(fingerprint, pairs)) return "the fingerprint in its descriptor is not a list of key=value";
  for (const auto& [key, value] : note.fingerprint) {
    const std::string* other = value_of(pairs, key);
    if (!other || *other != value) {
      return key + " is " + value + " in its konduit note and " + describe(other) + " in its descriptor";
    }
  }
  if (pairs.size() != note.fingerprint.size()) return "its descriptor has more keys than its konduit note";
  return {};
}

}  // namespace konduit::loader
