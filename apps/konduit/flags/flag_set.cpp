#include "flags/flag_set.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/suggestion.hpp"

namespace konduit::flags {
namespace {

std::string canonical(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

config::Mark mark_of(std::string_view file) { return {std::make_shared<const std::string>(file), 0, 0}; }

/// strconv.ParseBool.
std::optional<bool> go_boolean(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

bool is_number(std::string_view text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::string fault_of(FlagType type, const std::string& text) {
  switch (type) {
    case FlagType::boolean: return go_boolean(text) ? "" : "must be true or false";
    case FlagType::integer: return config::parse_integer(text) ? "" : "must be an integer";
    case FlagType::number: return is_number(text) ? "" : "must be a number";
    case FlagType::duration:
      return config::parse_duration(text) ? "" : "must be a duration as in \"1h\", \"1m30s\" or \"100ms\"";
    default: return {};
  }
}

const Flag* find_flag(std::span<const std::span<const Flag>> sets, std::string_view name) {
  for (auto set : sets) {
    for (const Flag& flag : set) {
      if (flag.name == name) return &flag;
    }
  }
  return nullptr;
}

std::string unknown(std::span<const std::span<const Flag>> sets, std::string_view name) {
  std::vector<std::string_view> names;
  for (auto set : sets) {
    for (const Flag& flag : set) names.emplace_back(flag.name);
  }
  std::string_view near = config::nearest(name, names);
  return near.empty() ? "unknown flag; --help lists those there are"
                      : "unknown flag; did you mean --" + std::string(near) + "?";
}

/// One sentence for all of them: who has mistaken the form has mistaken it once.
std::string only_flags(std::span<const std::string_view> stray) {
  std::string text = stray.size() == 1 ? "unexpected argument " : "unexpected arguments ";
  std::string_view separator;
  for (std::string_view word : stray) {
    text.append(separator).append("\"").append(word).append("\"");
    separator = ", ";
  }
  return text + "; only flags can be given here";
}

}  // namespace

bool FlagValues::given(std::string_view name) const { return find(name).given; }
const std::string& FlagValues::text(std::string_view name) const { return find(name).text; }
bool FlagValues::boolean(std::string_view name) const { return go_boolean(text(name)).value_or(false); }
std::int64_t FlagValues::integer(std::string_view name) const { return config::parse_integer(text(name)).value_or(0); }
Duration FlagValues::duration(std::string_view name) const {
  return config::parse_duration(text(name)).value_or(Duration::zero());
}

std::vector<std::string> FlagValues::list(std::string_view name) const {
  std::vector<std::string> parts;
  std::string_view rest = text(name);
  while (!rest.empty()) {
    std::size_t comma = rest.find(',');
    std::string_view part = rest.substr(0, comma);
    if (!part.empty()) parts.emplace_back(part);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return parts;
}

config::Node FlagValues::node(std::string_view name, std::string text) const {
  bool is_given = find(name).given;
  std::string file = is_given ? "--" + std::string(name) : "command line";
  return config::Node::scalar(std::move(text), mark_of(file),
                              is_given ? config::Origin::flag : config::Origin::component_default);
}

void FlagValues::error(std::string_view name, std::string what, config::Problems& problems) const {
  problems.error(mark_of("command line"), "--" + std::string(name), std::move(what));
}

const FlagValues::Value& FlagValues::find(std::string_view name) const {
  static const Value none{FlagType::text, "", false};
  auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

FlagValues parse_flags(std::span<const std::span<const Flag>> sets, std::span<const std::string> arguments,
                       config::Problems& problems) {
  FlagValues values;
  for (auto set : sets) {
    for (const Flag& flag : set) values.values_[flag.name] = {flag.type, flag.default_value, false};
  }
  std::vector<std::string_view> stray;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with('-') || argument == "-" || argument == "--") {
      stray.push_back(argument);
      continue;
    }
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    std::size_t equals = argument.find('=');
    std::string name = canonical(argument.substr(0, equals));
    const Flag* flag = find_flag(sets, name);
    bool has_value = equals != std::string_view::npos;
    if (flag == nullptr) {
      values.error(name, unknown(sets, name), problems);
      // Most likely the value of the unknown flag: complaining of it as well would not help.
      if (!has_value && i + 1 < arguments.size() && !arguments[i + 1].starts_with('-')) ++i;
      continue;
    }
    std::string text = has_value ? std::string(argument.substr(equals + 1)) : "true";
    if (!has_value && flag->type != FlagType::boolean) {
      if (i + 1 == arguments.size()) {
        values.error(name, "needs a value", problems);
        continue;
      }
      text = arguments[++i];
    }
    if (std::string fault = fault_of(flag->type, text); !fault.empty()) {
      values.error(name, fault + ", found \"" + text + "\"", problems);
      continue;
    }
    auto& value = values.values_[name];
    bool grows = flag->type == FlagType::list && value.given;
    value.text = grows ? value.text + "," + text : text;
    value.given = true;
  }
  if (!stray.empty()) problems.error(mark_of("command line"), "", only_flags(stray));
  return values;
}

std::string flags_help(std::span<const std::span<const Flag>> sets) {
  std::vector<const Flag*> flags;
  for (auto set : sets) {
    for (const Flag& flag : set) flags.push_back(&flag);
  }
  std::sort(flags.begin(), flags.end(),
            [](const Flag* a, const Flag* b) { return std::string_view(a->name) < std::string_view(b->name); });
  std::string text;
  for (const Flag* flag : flags) {
    std::string name = "  --" + std::string(flag->name);
    name.resize(std::max<std::size_t>(name.size() + 1, 38), ' ');
    text += name + flag->summary;
    if (*flag->default_value != '\0') text += " (default " + std::string(flag->default_value) + ")";
    text += '\n';
  }
  return text;
}

}  // namespace konduit::flags
