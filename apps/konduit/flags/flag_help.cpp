#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "flags/flag_set.hpp"

namespace konduit::flags {
namespace {

/// As pflag prints it; nothing for what is zero.
std::string default_text(const Flag& flag) {
  const std::string_view value = flag.default_value;
  if (value.empty() || value == "false" || value == "0" || value == "0s") return {};
  const bool quoted = flag.type == FlagType::text;
  return " (default " + (quoted ? "\"" + std::string(value) + "\"" : std::string(value)) + ")";
}

std::string name_column(const Flag& flag) {
  const std::string_view type = type_name(flag.type);
  const bool letter = std::string_view(flag.name) == "v" || std::string_view(flag.name) == "help";
  std::string text = letter ? std::string("  -") + flag.name[0] + ", --" : std::string("      --");
  text += flag.name;
  return type.empty() ? text : text + " " + std::string(type);
}

}  // namespace

std::string flags_help(std::span<const std::span<const Flag>> sets) {
  std::vector<const Flag*> flags;
  for (auto set : sets) {
    for (const Flag& flag : set) {
      if (flag.use != FlagUse::deprecated && std::string_view(flag.name) != "h") flags.push_back(&flag);
    }
  }
  std::ranges::sort(flags, {}, [](const Flag* flag) { return std::string_view(flag->name); });
  std::string text;
  for (const Flag* flag : flags) {
    std::string name = name_column(*flag);
    name.resize(std::max<std::size_t>(name.size() + 3, 48), ' ');
    const char* before = flag->use == FlagUse::inert ? "No effect: " : "";
    text += name + before + flag->summary + default_text(*flag) + '\n';
  }
  return text;
}

}  // namespace konduit::flags
