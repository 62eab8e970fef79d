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

enum class FlagType : std::uint8_t { text, boolean, integer, number, duration, list };

/// One flag of a command line.
struct Flag {
  const char* name;  ///< Without the dashes.
  FlagType type = FlagType::text;
  const char* default_value = "";
  const char* summary = "";
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

 private:
  friend FlagValues parse_flags(std::span<const std::span<const Flag>> sets, std::span<const std::string> arguments,
                                config::Problems& problems);
  struct Value {
    FlagType type;
    std::string text;
    bool given;
  };
  const Value& find(std::string_view name) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// Reads a command line as Go's pflag does: --a=b, --a b, --flag, -v=4; '_' and '-' are alike; the last of several
/// wins, lists grow. Every fault is reported, unknown flags with a did-you-mean.
FlagValues parse_flags(std::span<const std::span<const Flag>> sets, std::span<const std::string> arguments,
                       config::Problems& problems);

/// The flags with their defaults, one a line, sorted.
std::string flags_help(std::span<const std::span<const Flag>> sets);

}  // namespace konduit::flags
