#include "flags/flag_syntax.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace konduit::flags {
namespace {

bool is_number(std::string_view text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_natural(std::string_view text) {
  const auto number = config::parse_integer(text);
  return number && *number >= 0;
}

}  // namespace

std::string_view type_name(FlagType type) noexcept {
  switch (type) {
    case FlagType::text: return "string";
    case FlagType::boolean: return "";
    case FlagType::integer: return "int";
    case FlagType::natural: return "uint";
    case FlagType::number: return "float32";
    case FlagType::duration: return "duration";
    case FlagType::list: return "strings";
    case FlagType::level: return "Level";
    case FlagType::severity: return "severity";
    case FlagType::trace_location: return "traceLocation";
    case FlagType::module_spec: return "moduleSpec";
  }
  return "";
}

std::optional<bool> go_boolean(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

std::optional<int> severity_number(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames{"INFO", "WARNING", "ERROR", "FATAL"};
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  for (int i = 0; i < static_cast<int>(kNames.size()); ++i) {
    if (upper == kNames[static_cast<std::size_t>(i)] || upper == std::to_string(i)) return i;
  }
  return std::nullopt;
}

std::string fault_of(FlagType type, std::string_view text) {
  switch (type) {
    case FlagType::boolean: return go_boolean(text) ? "" : "must be true or false";
    case FlagType::level:
    case FlagType::integer: return config::parse_integer(text) ? "" : "must be an integer";
    case FlagType::natural: return is_natural(text) ? "" : "must be an integer of 0 or more";
    case FlagType::number: return is_number(text) ? "" : "must be a number";
    case FlagType::severity: return severity_number(text) ? "" : "must be INFO, WARNING, ERROR or FATAL";
    case FlagType::duration:
      return config::parse_duration(text) ? "" : "must be a duration as in \"1h\", \"1m30s\" or \"100ms\"";
    default: return {};
  }
}

}  // namespace konduit::flags
