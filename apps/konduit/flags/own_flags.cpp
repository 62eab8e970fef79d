#include "flags/own_flags.hpp"

#include <utility>

#include "flags/log_flags.hpp"

namespace konduit::flags {
namespace {

constexpr Flag kFlags[] = {
    {"ready-file", FlagType::text, "", "Write every listener's id and bound address there when all are up."},
    {"print-config", FlagType::boolean, "false", "Print the document that the flags make, and run nothing."},
    {"help", FlagType::boolean, "false", "Print this."},
    {"h", FlagType::boolean, "false", "The same, as -h."},
};

/// A profile with the program's own settings filled in.
Profile own_settings(const FlagValues& values) {
  Profile profile;
  profile.ready_file = values.text("ready-file");
  profile.print_config = values.boolean("print-config");
  profile.help = values.boolean("help") || values.boolean("h");
  return profile;
}

}  // namespace

Profile make_profile(std::span<const Flag> flags, std::span<const std::string> arguments, DocumentMaker make,
                     config::Problems& problems) {
  const std::span<const Flag> sets[] = {flags, log_flags(), kFlags};
  const FlagValues values = parse_flags(sets, arguments, problems);
  Profile profile = own_settings(values);
  if (profile.help || !problems.ok()) return profile;
  config::Node document = make(values, problems);
  document.set_path("");
  if (problems.ok()) profile.document = std::move(document);
  return profile;
}

std::string profile_help(std::string title, std::span<const Flag> flags) {
  const std::span<const Flag> sets[] = {flags, log_flags(), kFlags};
  return std::move(title) + "\n\n" + flags_help(sets);
}

}  // namespace konduit::flags
