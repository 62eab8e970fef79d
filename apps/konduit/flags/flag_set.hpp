#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"
#include "konduit/config.hpp"

namespace konduit::flags {

/// What a flag takes. Some differ only in the name by which the reference's help calls them.
enum class FlagType : std::uint8_t {
  text,
  boolean,
  integer,
  natural,  ///< 0 or more.
  number,
  duration,
  list,
  level,           ///< How much is logged: an integer.
  severity,        ///< INFO, WARNING, ERROR, FATAL or 0..3.
  trace_location,  ///< file:line
  module_spec,     ///< pattern=N,…
};

/// "int": as the reference's help calls it; empty for booleans.
std::string_view type_name(FlagType type) noexcept;

/// What becomes of a flag that is given.
enum class FlagUse : std::uint8_t {
  live,
  inert,       ///< It is taken and changes nothing: `summary` says why, in lower case.
  deprecated,  ///< Likewise, and the reference's help does not show it any more.
};

/// One flag of a command line.
struct Flag {
  const char* name;  ///< Without the dashes.
  FlagType type = FlagType::text;
  const char* default_value = "";
  const char* summary = "";
  FlagUse use = FlagUse::live;
};

/// The values of a command line's flags, each given or by default.
class FlagValues {
 public:
  bool given(std::string_view name) const;
  /// REQUIRES (all): the flag is in the set that was parsed, with a matching type.
  const std::string& text(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  Duration duration(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;

  /// `text` as a node whose origin is the flag; its mark's file is "--name".
  config::Node node(std::string_view name, std::string text) const;
  /// The flag's own value as a node.
  config::Node node(std::string_view name) const { return node(name, text(name)); }

  /// Adds an error about a flag.
  void error(std::string_view name, std::string what, config::Problems& problems) const;
  /// Adds a warning about a flag.
  void warn(std::string_view name, std::string what, config::Problems& problems) const;

  // For parse_flags(): the default of a flag, and what it is given.
  void declare(const Flag& flag) { values_[flag.name] = {flag.type, flag.default_value, false}; }
  void set(const Flag& flag, std::string text);

 private:
  struct Value {
    FlagType type;
    std::string text;
    bool given;
  };
  const Value& find(std::string_view name) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// Reads a command line as Go's pflag does: --a=b, --a b, --flag, -v=4, -v4; '_' and '-' are alike; the last of several
/// wins, lists grow. Every fault is reported, unknown flags with a did-you-mean. Words that belong to no flag, which
/// the reference passes over in silence, and flags without an effect are warned of.
FlagValues parse_flags(std::span<const std::span<const Flag>> sets, std::span<const std::string> arguments,
                       config::Problems& problems);

/// The flags with their types and defaults, one a line, sorted.
std::string flags_help(std::span<const std::span<const Flag>> sets);

/// "text" in parts, at the commas; empty ones are left out.
std::vector<std::string> split_list(std::string_view text);

}  // namespace konduit::flags
