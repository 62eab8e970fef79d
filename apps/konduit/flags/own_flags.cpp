#include "flags/own_flags.hpp"

namespace konduit::flags {
namespace {

constexpr Flag kFlags[] = {
    {"ready-file", FlagType::text, "", "Write every listener's id and bound address there when all are up."},
    {"print-config", FlagType::boolean, "false", "Print the document that the flags make, and run nothing."},
    {"help", FlagType::boolean, "false", "Print this."},
    {"h", FlagType::boolean, "false", "The same."},
};

}  // namespace

std::span<const Flag> own_flags() noexcept { return kFlags; }

Profile own_settings(const FlagValues& values) {
  Profile profile;
  profile.ready_file = values.text("ready-file");
  profile.print_config = values.boolean("print-config");
  profile.help = values.boolean("help") || values.boolean("h");
  return profile;
}

}  // namespace konduit::flags
