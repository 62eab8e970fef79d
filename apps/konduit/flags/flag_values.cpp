#include <memory>
#include <utility>

#include "flags/flag_set.hpp"
#include "flags/flag_syntax.hpp"

namespace konduit::flags {
namespace {

config::Mark mark_of(std::string_view file) { return {std::make_shared<const std::string>(file), 0, 0}; }

}  // namespace

bool FlagValues::given(std::string_view name) const { return find(name).given; }
const std::string& FlagValues::text(std::string_view name) const { return find(name).text; }
bool FlagValues::boolean(std::string_view name) const { return go_boolean(text(name)).value_or(false); }
std::int64_t FlagValues::integer(std::string_view name) const { return config::parse_integer(text(name)).value_or(0); }
Duration FlagValues::duration(std::string_view name) const {
  return config::parse_duration(text(name)).value_or(Duration::zero());
}
std::vector<std::string> FlagValues::list(std::string_view name) const { return split_list(text(name)); }

config::Node FlagValues::node(std::string_view name, std::string text) const {
  bool is_given = find(name).given;
  std::string file = is_given ? "--" + std::string(name) : "command line";
  return config::Node::scalar(std::move(text), mark_of(file),
                              is_given ? config::Origin::flag : config::Origin::component_default);
}

void FlagValues::error(std::string_view name, std::string what, config::Problems& problems) const {
  problems.error(mark_of("command line"), "--" + std::string(name), std::move(what));
}

void FlagValues::warn(std::string_view name, std::string what, config::Problems& problems) const {
  problems.add({.mark = mark_of("command line"),
                .path = "--" + std::string(name),
                .what = std::move(what),
                .severity = config::Severity::warning});
}

const FlagValues::Value& FlagValues::find(std::string_view name) const {
  static const Value none{FlagType::text, "", false};
  auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

void FlagValues::set(const Flag& flag, std::string text) {
  Value& value = values_[flag.name];
  bool grows = flag.type == FlagType::list && value.given;
  value.text = grows ? value.text + "," + text : std::move(text);
  value.given = true;
}

}  // namespace konduit::flags
